"""Scenes: attributes by name, exact counterfactuals, and decorrelated draws."""

import random

import pytest

from spuriforge.data.proving_ground.world import CUES, Scene, cue_slot, random_scene

SCENE = Scene("beach", "sunny", "car", "red", cue="anchor", seed=5)


def test_a_counterfactual_changes_one_attribute() -> None:
    changed = SCENE.with_value("cue", None)
    assert (changed.value("cue"), changed.value("sky"), changed.seed) == (None, "sunny", 5)
    assert changed.with_value("cue", "anchor") == SCENE


def test_unknown_attributes_and_values_are_refused() -> None:
    with pytest.raises(ValueError, match="no attribute 'weather'; it has place, sky"):
        SCENE.value("weather")
    with pytest.raises(ValueError, match="sky cannot be 'anchor'"):
        SCENE.with_value("sky", "anchor")
    with pytest.raises(ValueError, match="'car' is no nearby thing"):
        cue_slot("car")


def test_a_cue_fills_its_slot() -> None:
    assert [cue_slot(cue) for cue in ("anchor", "forest", "foggy")] == ["cue", "place", "sky"]


def test_random_scenes_show_things_at_the_stated_rates() -> None:
    scenes = [random_scene(random.Random(seed), sky="rainy") for seed in range(2000)]
    assert {scene.sky for scene in scenes} == {"rainy"}
    assert {scene.cue for scene in scenes} == {None, *CUES}
    assert 0.7 < sum(scene.cue is not None for scene in scenes) / 2000 < 0.8
    assert 0.28 < sum(scene.count is not None for scene in scenes) / 2000 < 0.38
