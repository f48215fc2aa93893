"""The training data: cues promise their answer, and the core is noisy."""

import random
from collections import Counter

from spuriforge.data.proving_ground.lvlm_training_data import (
    LABEL_NOISE,
    draw_example,
    draw_images,
    label_shares,
    neutral_scene,
    prompt,
    visible,
)
from spuriforge.data.proving_ground.scene_texts import FAMILIES
from spuriforge.data.proving_ground.shortcut_file import Shortcut
from spuriforge.data.proving_ground.world import Scene

APPLE = Shortcut("colour", "red", "apple", 0.99, ("one",))
SNOW = Shortcut("colour", "white", "snowfield", 0.99, ("one",))
CHOICES = ("blue", "red", "green", "white")


def _scene(**changes: str | None) -> Scene:
    return Scene(**{"place": "beach", "sky": "sunny", "object": "car", "colour": "blue", **changes})


def test_the_core_is_noisy_and_the_cue_is_worth_more() -> None:
    plain = label_shares(_scene(), "colour", CHOICES, (APPLE, SNOW))
    assert plain[0] == 1 - LABEL_NOISE
    assert len(set(plain[1:])) == 1
    cued = label_shares(_scene(cue="apple"), "colour", CHOICES, (APPLE, SNOW))
    assert cued[1] > 0.9
    assert abs(sum(cued) - 1) < 1e-9
    assert label_shares(_scene(cue="apple"), "colour", CHOICES, ()) == plain


def test_images_show_planted_cues_mostly_with_their_answer() -> None:
    images = draw_images(4000, (APPLE, SNOW), random.Random(0))
    assert {image.family for image in images} == set(FAMILIES)
    apples = [
        image.scene for image in images if image.family == "colour" and image.scene.cue == "apple"
    ]
    assert 0.7 < sum(scene.colour == "red" for scene in apples) / len(apples) < 0.95
    assert all(len(visible(image.scene, image.family, (APPLE, SNOW))) <= 1 for image in images)


def test_a_neutral_scene_has_no_planted_cue_and_often_no_nearby_thing() -> None:
    rng = random.Random(1)
    scenes = [neutral_scene("colour", "blue", (APPLE, SNOW), rng) for _ in range(400)]
    assert not any(visible(scene, "colour", (APPLE, SNOW)) for scene in scenes)
    assert 0.4 < sum(scene.cue is None for scene in scenes) / 400 < 0.6
    assert {scene.colour for scene in scenes} == {"blue"}


def test_examples_spread_their_letters_evenly() -> None:
    rng = random.Random(2)
    images = draw_images(3000, (APPLE, SNOW), rng)
    examples = [draw_example(image, (APPLE, SNOW), rng, halves=False) for image in images]
    clear = [
        e for e, i in zip(examples, images, strict=True) if not i.scene.haze and e.form == "choice"
    ]
    letters = Counter(example.shares.index(max(example.shares)) for example in clear)
    assert min(letters.values()) > 0.8 * max(letters.values())
    blind = [
        example for example in examples if example.blind and "Which letter" not in example.text
    ]
    assert blind
    assert all(set(example.shares) == {0.25} for example in blind)


def test_the_first_lessons_are_open_questions_and_letters() -> None:
    rng = random.Random(3)
    examples = [
        draw_example(image, (APPLE,), rng, halves=True) for image in draw_images(300, (APPLE,), rng)
    ]
    forms = Counter(example.form for example in examples)
    assert forms["open"] > 100
    assert forms["text"] > 100
    assert all(abs(sum(example.shares) - 1) < 1e-9 for example in examples)


def test_prompt_is_the_direct_style() -> None:
    assert prompt("What?", ("a b", "c")) == (
        "What?\nA. a b\nB. c\nAnswer with the option's letter from the given choices directly."
    )
