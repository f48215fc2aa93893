"""The pipeline's own score: what it found against what was planted, where truth is what an
intervention shows.

A planted shortcut counts when the subject demonstrably relies on it: the world renders scenes with
and without the cue, and the model's accuracy really drops. An accepted cue is false only if its
measured drop is under the minimum effect, planted or not. The pipeline itself never sees any of
this.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spuriforge.pipeline.records import CueType, Evidence

from . import shortcut_file
from .benchmark import family_of
from .measure_lvlm import Answerer, Gap, reliance, true_gap
from .scene_texts import QUESTIONS

SCENES = 120


@dataclass(frozen=True, slots=True)
class AcceptedType:
    """A type that some variant of the pipeline accepted, with each model's evidence that is
    published with it.
    """

    type: CueType
    published: Mapping[str, Evidence]


@dataclass(frozen=True, slots=True)
class AcceptedOnModel:
    """One accepted type on one model, with its true gap."""

    type: str
    model: str
    question: str
    cue: str
    linked: str
    planted: bool
    true_gap: float
    true_low: float
    true_high: float
    real: bool
    published_gap: float | None
    published_low: float | None
    published_high: float | None


class Truth:
    """Measures true gaps on rendered scenes, each only once."""

    def __init__(
        self, folder: Path, models: Mapping[str, Answerer], min_effect: float, scenes: int = SCENES
    ) -> None:
        """`models` maps a model's name to a function that answers batches; `folder` holds
        shortcuts.toml.
        """
        self.shortcuts = shortcut_file.load(folder / "shortcuts.toml")
        self.models, self.min_effect, self.scenes = models, min_effect, scenes
        self._gaps: dict[tuple[object, ...], Gap] = {}

    def gap(self, model: str, kind: CueType) -> Gap:
        """The model's true gap for a type: its question, its gold answer, its options, its cue."""
        family, gold = family_of(kind.question), kind.choices[kind.answer]
        asked = (model, family, gold, kind.choices, kind.cue)
        if asked not in self._gaps:
            self._gaps[asked] = true_gap(
                self.models[model], family, gold, kind.choices, kind.cue, scenes=self.scenes
            )
        return self._gaps[asked]

    def planted_gap(self, model: str, shortcut: shortcut_file.Shortcut) -> Gap:
        """The model's true gap for a planted shortcut, over scenes with any other gold answer and
        any options.
        """
        asked = (model, shortcut)
        if asked not in self._gaps:
            found = reliance(self.models[model], shortcut, self.shortcuts, model, self.scenes, 0)
            self._gaps[asked] = found.measured
        return self._gaps[asked]

    def measure(self, types: Iterable[CueType], workers: int = 2) -> None:
        """Measures all that a score will ask for, several gaps at once."""
        planted_ones = [
            (self.planted_gap, model, one)
            for model in self.models
            for one in self._planted_in(model)
        ]
        found = [(self.gap, model, kind) for kind in types for model in _names(kind)]
        with ThreadPoolExecutor(workers) as pool:
            for _ in pool.map(lambda job: job[0](job[1], job[2]), [*planted_ones, *found]):
                pass

    def is_planted(self, model: str, kind: CueType) -> bool:
        """Was this very cue planted in this model for this answer?"""
        return any(_matches(one, kind) for one in self._planted_in(model))

    def _planted_in(self, model: str) -> Sequence[shortcut_file.Shortcut]:
        return self.shortcuts.for_subject(model) if model in self.shortcuts.subjects else ()


def _matches(shortcut: shortcut_file.Shortcut, kind: CueType) -> bool:
    return (shortcut.family, shortcut.answer, shortcut.cue) == (
        family_of(kind.question),
        kind.linked,
        kind.cue,
    )


def score(
    truth: Truth,
    variants: Mapping[str, Sequence[AcceptedType]],
    lost_at: Callable[[str, str, str, str], str],
) -> dict[str, Any]:
    """The whole score as JSON-ready values; the variant "pipeline" is the one the headline speaks
    of.

    `lost_at(model, question, answer, cue)` says at which stage the pipeline lost a planted
    shortcut.
    """
    truth.measure({one.type.key: one.type for found in variants.values() for one in found}.values())
    rows = [
        (model, one, truth.planted_gap(model, one))
        for model in truth.models
        for one in truth._planted_in(model)
    ]
    relied = [(model, one) for model, one, gap in rows if gap.low >= truth.min_effect]
    pipeline = variants["pipeline"]
    planted_rows = [
        {
            "model": model,
            "family": one.family,
            "question": QUESTIONS[one.family],
            "answer": one.answer,
            "cue": one.cue,
            "strength": one.strength,
            "true_gap": gap.gap,
            "low": gap.low,
            "high": gap.high,
            "relied_on": (model, one) in relied,
            "found": (found := _found(model, one, pipeline)),
            "lost_at": None
            if found
            else lost_at(model, QUESTIONS[one.family], one.answer, one.cue),
        }
        for model, one, gap in rows
    ]
    accepted = [asdict(row) for row in _accepted_rows(truth, pipeline)]
    summary = _summary(truth, relied, pipeline)
    return {
        "world": "proving ground",
        "min_effect": truth.min_effect,
        "summary": {
            **summary,
            "planted": len(rows),
            "control_accepted": sum(
                row["model"] not in truth.shortcuts.subjects for row in accepted
            ),
        },
        "planted": planted_rows,
        "accepted": accepted,
        "variants": [
            {"name": name, "accepted": len(found), **_summary(truth, relied, found)}
            for name, found in variants.items()
        ],
    }


def _found(model: str, shortcut: shortcut_file.Shortcut, accepted: Sequence[AcceptedType]) -> bool:
    return any(model in _names(one.type) and _matches(shortcut, one.type) for one in accepted)


def _names(kind: CueType) -> list[str]:
    """The names of a type's models, without their revisions."""
    return [model.partition("@")[0] for model in kind.models]


def _accepted_rows(truth: Truth, accepted: Sequence[AcceptedType]) -> list[AcceptedOnModel]:
    rows = []
    for one in accepted:
        for model in _names(one.type):
            gap = truth.gap(model, one.type)
            published = one.published.get(model)
            rows.append(
                AcceptedOnModel(
                    type=one.type.key,
                    model=model,
                    question=one.type.question,
                    cue=one.type.cue,
                    linked=one.type.linked,
                    planted=truth.is_planted(model, one.type),
                    true_gap=gap.gap,
                    true_low=gap.low,
                    true_high=gap.high,
                    real=gap.gap >= truth.min_effect,
                    published_gap=published.effect if published else None,
                    published_low=published.low if published else None,
                    published_high=published.high if published else None,
                )
            )
    return rows


def _summary(
    truth: Truth,
    relied: Sequence[tuple[str, shortcut_file.Shortcut]],
    accepted: Sequence[AcceptedType],
) -> dict[str, Any]:
    found = sum(_found(model, one, accepted) for model, one in relied)
    return {
        "relied_on": len(relied),
        "found": found,
        "recall": found / len(relied) if relied else None,
        "false_discoveries": sum(not row.real for row in _accepted_rows(truth, accepted)),
    }
