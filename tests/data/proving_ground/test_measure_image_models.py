"""What is measured: the cue's box, pairs that differ in the cue, and figures of what is read."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spuriforge.data.proving_ground import measure_image_models as measuring
from spuriforge.data.proving_ground.measure_image_models import (
    MeasuredModels,
    SamplingSettings,
    agreement,
    generators,
    inpaint,
    mask,
    prefers_own,
    with_and_without,
)
from spuriforge.data.proving_ground.render import CUE_BOX, SIZE
from spuriforge.data.proving_ground.scene_texts import caption
from spuriforge.data.proving_ground.world import ATTRIBUTES, Scene

#: Importing the model libraries takes longer than all of the tests.
pytestmark = pytest.mark.integration

SCENE = Scene("beach", "sunny", "car", "red", cue="anchor", seed=5)


class _Models:
    """Stands in for the models: paints black, and CLIP's logits are what a test sets."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.scores: dict[str, float] = {}

    def inpaint(self, texts: list[str], **_: Any) -> Any:
        self.batches.append(len(texts))

        class Painted:
            images = [Image.new("RGB", (SIZE, SIZE))] * len(texts)

        return Painted

    def logits(self, images: list[Image.Image], texts: list[str]) -> np.ndarray:
        return np.tile([self.scores[text] for text in texts], (len(images), 1))


def test_the_mask_is_white_in_the_cue_s_box_alone() -> None:
    left, top, right, bottom = (round(share * SIZE) for share in CUE_BOX)
    inside = np.zeros((SIZE, SIZE), bool)
    inside[top:bottom, left:right] = True
    assert (np.asarray(mask()) == np.where(inside, 255, 0)).all()


def test_inpainting_keeps_all_but_the_box() -> None:
    models, white = _Models(), Image.new("RGB", (SIZE, SIZE), "white")
    stand_in: MeasuredModels = models  # type: ignore[assignment]
    painted = inpaint(stand_in, [white] * 5, ["a"] * 5, range(5), SamplingSettings(batch=2))
    assert (len(painted), models.batches) == (5, [2, 2, 1])
    assert (np.asarray(painted[0].convert("L")) == 255 - np.asarray(mask())).all()


def test_an_image_does_not_depend_on_its_batch() -> None:
    alone, *_ = generators([7])
    _, beside = generators([3, 7])
    assert alone.initial_seed() == beside.initial_seed() == 7


def test_pairs_differ_in_the_cue_alone() -> None:
    pairs = with_and_without(20, 0)
    assert len({scene.cue for scene, _ in pairs}) > 5
    assert all(scene.cue and other == replace(scene, cue=None) for scene, other in pairs)
    assert with_and_without(20, 0) == pairs != with_and_without(20, 1)


def test_agreement_is_told_for_each_attribute() -> None:
    read = {name: SCENE.value(name) for name in ATTRIBUTES} | {"sky": "rainy"}
    assert agreement(read, SCENE) == [name != "sky" for name in ATTRIBUTES]
    assert agreement(read, SCENE, ["place", "sky"]) == [True, False]


def test_a_model_that_always_prefers_a_caption_is_right_half_of_the_time() -> None:
    pair = (SCENE, replace(SCENE, cue=None))
    models = _Models()
    models.scores = {caption(pair[0]): 1.0, caption(pair[1]): 0.0}
    image = measuring.render(SCENE)
    stand_in: MeasuredModels = models  # type: ignore[assignment]
    assert prefers_own(stand_in, [pair], [[image], [image]]) == 0.5
