"""Captions name what is in a scene; questions have the gold among their options."""

import random

import pytest

from spuriforge.data.proving_ground.scene_texts import ask, caption, families_of, with_article
from spuriforge.data.proving_ground.world import Scene

SCENE = Scene("beach", "sunny", "car", "red", cue="anchor", count="one")


def test_a_caption_names_everything() -> None:
    assert caption(SCENE) == (
        "a red car, on a beach, under a sunny sky, next to an anchor, with one bird in the sky"
    )
    words = caption(SCENE, random.Random(1)).replace(",", "").split()
    assert {"red", "car", "beach", "sunny", "anchor", "bird"} <= set(words)
    assert with_article("umbrella") == "an umbrella"


def test_only_what_is_there_is_asked_about() -> None:
    assert families_of(SCENE) == ("object", "colour", "place", "sky", "count")
    with pytest.raises(ValueError, match="family 'direction'"):
        ask(SCENE, "direction", random.Random(0))


def test_options_are_different_and_hold_the_gold() -> None:
    for seed in range(50):
        question = ask(SCENE, "colour", random.Random(seed), gold="blue", among="red")
        assert question.choices[question.answer] == "blue"
        assert "red" in question.choices
        assert len(set(question.choices)) == 4
