"""Every object and nearby thing of the world is drawn, and no two look alike."""

from itertools import combinations

import numpy as np
from PIL import Image

from spuriforge.data.proving_ground.drawing import SCALE, Pen
from spuriforge.data.proving_ground.sprites import DRAW_CUE, DRAW_OBJECT, RGB
from spuriforge.data.proving_ground.world import ATTRIBUTES, CUES

GREY = (128, 128, 128)


def _blank() -> Image.Image:
    return Image.new("RGB", (24 * SCALE, 24 * SCALE), GREY)


def _object(name: str, colour: str) -> np.ndarray:
    canvas = _blank()
    DRAW_OBJECT[name](Pen(canvas, (12, 12), 10), RGB[colour])
    return np.asarray(canvas)


def _cue(name: str) -> np.ndarray:
    canvas = _blank()
    DRAW_CUE[name](Pen(canvas, (12, 12), 10))
    return np.asarray(canvas)


def test_the_whole_world_can_be_drawn() -> None:
    assert set(DRAW_CUE) == set(CUES)
    assert set(DRAW_OBJECT) == set(ATTRIBUTES["object"])
    assert set(RGB) == set(ATTRIBUTES["colour"])


def test_things_are_unlike_one_another_and_fill_a_part_of_their_square() -> None:
    shown = {name: _cue(name) for name in DRAW_CUE}
    for name, pixels in shown.items():
        assert (pixels != GREY).any(axis=2).mean() > 0.1, name
    for first, second in combinations(shown, 2):
        differs = (shown[first] != shown[second]).any(axis=2).mean()
        assert differs > 0.1, (first, second)


def test_an_object_has_the_colour_that_it_is_given() -> None:
    for name in DRAW_OBJECT:
        for colour, rgb in RGB.items():
            assert (_object(name, colour) == rgb).all(axis=2).mean() > 0.05, (name, colour)
