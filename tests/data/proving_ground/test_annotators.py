"""Scripted annotators see what is in the images, and err at their stated rate."""

from dataclasses import replace
from typing import Any

import pytest

from spuriforge.data.proving_ground.annotators import ScriptedAnnotator, see_cue, see_pair
from spuriforge.data.proving_ground.scene_texts import QUESTIONS
from spuriforge.data.proving_ground.world import Scene
from spuriforge.pipeline.records import CueType

SCENE = Scene("beach", "sunny", "car", "red", cue="anchor")
TYPE = CueType(
    key="t",
    question=QUESTIONS["object"],
    choices=("car", "boat", "mug", "fish"),
    answer=0,
    linked="boat",
    cue="anchor",
    category="thing",
    anchor="s",
    image="i",
    models=("m",),
    candidates=("c",),
    core="car",
    description_with="",
    description_without="",
    reason="",
)


@pytest.mark.parametrize(
    ("scene", "verdict"),
    [
        (SCENE, "spurious"),
        (replace(SCENE, cue=None), "not_spurious"),
        (replace(SCENE, object="boat"), "bad_question"),
        (replace(SCENE, haze=0.9), "bad_image"),
    ],
)
def test_a_cue_is_judged_by_what_the_image_shows(scene: Scene, verdict: str) -> None:
    assert see_cue(TYPE, scene) == verdict


def _read(scene: Scene) -> dict[str, Any]:
    return {
        name: scene.value(name)
        for name in ("place", "sky", "object", "colour", "cue", "count", "direction")
    }


@pytest.mark.parametrize(
    ("with_cue", "without", "verdict"),
    [
        ({}, {"cue": None}, "good"),
        ({"object": "boat"}, {"cue": None}, "answer_fails"),
        ({"cue": None}, {"cue": None}, "cue_wrong"),
        ({}, {}, "cue_wrong"),
        ({}, {"cue": None, "sky": "rainy"}, "defect"),
    ],
)
def test_a_pair_is_judged_by_what_is_read_in_it(
    with_cue: dict[str, Any], without: dict[str, Any], verdict: str
) -> None:
    assert see_pair(TYPE, _read(SCENE) | with_cue, _read(SCENE) | without) == verdict


def test_errors_come_at_the_stated_rate_and_always_alike() -> None:
    annotator = ScriptedAnnotator("a", 0.2)
    kinds = [replace(TYPE, key=str(number)) for number in range(2000)]
    verdicts = [annotator.judge_cue(kind, SCENE) for kind in kinds]
    assert verdicts == [annotator.judge_cue(kind, SCENE) for kind in kinds]
    assert 0.17 < sum(verdict != "spurious" for verdict in verdicts) / 2000 < 0.23
    assert ScriptedAnnotator("a", 0.0).judge_cue(TYPE, SCENE) == "spurious"
