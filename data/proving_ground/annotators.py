"""Scripted annotators: they answer what a person could see in the images, with a known error rate.

In a cue task they know the scene that the image shows; in a pair task they know what the scene
reader reads in the two images. They never know what was planted or what a model relies on. Their
judgments are always labelled as scripted.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from spuriforge.pipeline.records import CueType, Pair

from .benchmark import family_of
from .scene_texts import FAMILIES
from .world import ATTRIBUTES, Scene

CUE_VERDICTS = ("spurious", "not_spurious", "unsure", "bad_question", "bad_image")
PAIR_VERDICTS = ("good", "answer_fails", "cue_wrong", "defect")
#: In an image with more haze than this a person sees nothing.
UNREADABLE = 0.6


def see_cue(kind: CueType, scene: Scene) -> str:
    """Returns the verdict on a cue: is the image readable, the gold right, the cue in the image?"""
    attribute = FAMILIES[family_of(kind.question)]
    if scene.haze > UNREADABLE:
        return "bad_image"
    if scene.value(attribute) != kind.choices[kind.answer]:
        return "bad_question"
    shown = {scene.value(name) for name in ATTRIBUTES if name != attribute}
    return "spurious" if kind.cue in shown else "not_spurious"


def see_pair(
    kind: CueType, with_cue: Mapping[str, str | None], without: Mapping[str, str | None]
) -> str:
    """Returns the verdict on a pair of images, given what the scene reader reads in them.

    It asks whether the answer holds in both, whether the cue is only in the first, and whether
    anything else changed.
    """
    attribute = FAMILIES[family_of(kind.question)]
    slot = next(name for name, values in ATTRIBUTES.items() if kind.cue in values)
    gold = kind.choices[kind.answer]
    if with_cue[attribute] != gold or without[attribute] != gold:
        return "answer_fails"
    if with_cue[slot] != kind.cue or without[slot] == kind.cue:
        return "cue_wrong"
    same = all(with_cue[name] == without[name] for name in ATTRIBUTES if name != slot)
    return "good" if same else "defect"


@dataclass(frozen=True, slots=True)
class ScriptedAnnotator:
    """A scripted annotator; its errors on a task depend only on its name and the task."""

    name: str
    error_rate: float

    def _perhaps_err(self, verdict: str, verdicts: tuple[str, ...], subject: str) -> str:
        rng = random.Random(f"{self.name}/{subject}")
        if rng.random() >= self.error_rate:
            return verdict
        return rng.choice([other for other in verdicts if other != verdict])

    def judge_cue(self, kind: CueType, scene: Scene) -> str:
        """Returns the verdict on a proposed cue."""
        return self._perhaps_err(see_cue(kind, scene), CUE_VERDICTS, kind.key)

    def judge_pair(
        self,
        pair: Pair,
        kind: CueType,
        with_cue: Mapping[str, str | None],
        without: Mapping[str, str | None],
    ) -> str:
        """Returns the verdict on a pair of images."""
        return self._perhaps_err(see_pair(kind, with_cue, without), PAIR_VERDICTS, pair.key)
