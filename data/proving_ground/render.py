"""Draws a scene: 64 x 64 pixels, antialiased, a few hundred scenes a second on a core.

`render(scene)` is a pure function of the scene. The object is always on the left and the nearby
thing on the right; otherwise an inpainting model sometimes paints a second object.
"""

import random

from PIL import Image, ImageFilter

from .drawing import SCALE, SIZE, Colour, Pen
from .sprites import DRAW_CUE, DRAW_OBJECT, RGB
from .world import COUNTS, Scene

_HORIZON = 35

_GROUND: dict[str, Colour] = {
    "beach": (240, 222, 164), "meadow": (128, 206, 92), "desert": (224, 152, 82),
    "snowfield": (236, 242, 250), "street": (116, 116, 124), "forest": (70, 92, 52),
}  # fmt: skip
_SKY: dict[str, Colour] = {
    "sunny": (122, 194, 250), "starry": (22, 26, 74), "sunset": (250, 150, 96),
    "stormy": (70, 74, 88), "foggy": (214, 212, 220), "rainy": (138, 156, 178),
}  # fmt: skip


# --- backgrounds ----------------------------------------------------------------------------------


def _shade(colour: Colour, amount: float) -> Colour:
    r, g, b = (max(0, min(255, round(channel + amount))) for channel in colour)
    return r, g, b


def _draw_sky(canvas: Image.Image, sky: str, rng: random.Random) -> None:
    pen = Pen(canvas, (0, 0), 1)
    pen.draw.rectangle(
        [0, 0, SIZE * SCALE, SIZE * SCALE], fill=_shade(_SKY[sky], rng.uniform(-8, 8))
    )
    x, y = 9 + rng.uniform(-1, 1), 9 + rng.uniform(-1, 1)
    emblem = Pen(canvas, (x, y), 6)
    if sky == "sunny":
        emblem.ellipse(-0.9, -0.9, 0.9, 0.9, (255, 226, 60))
    elif sky == "starry":
        emblem.ellipse(-0.8, -0.8, 0.8, 0.8, (248, 244, 206))
        for sx, sy in ((20, 5), (27, 20), (35, 4), (46, 26), (58, 4), (60, 25), (6, 26)):
            Pen(canvas, (sx + rng.uniform(-1, 1), sy), 1.3).ellipse(
                -0.5, -0.5, 0.5, 0.5, (255, 255, 230)
            )
    elif sky == "sunset":
        pen.draw.rectangle(
            [0, 20 * SCALE, SIZE * SCALE, _HORIZON * SCALE], fill=_shade((252, 200, 120), 0)
        )
        pen.draw.rectangle([0, 0, SIZE * SCALE, 9 * SCALE], fill=(206, 92, 128))
    elif sky == "stormy":
        emblem.polygon(
            [(0.1, -1.3), (-0.7, 0.3), (0.0, 0.2), (-0.3, 1.4), (0.8, -0.3), (0.1, -0.2)],
            (255, 236, 60),
        )
        for cx in (22, 40, 56):
            Pen(canvas, (cx, 2), 9).ellipse(-1, -0.5, 1, 0.4, (48, 50, 62))
    elif sky == "rainy":
        for k in range(22):
            drop = ((k * 13) % 64 + rng.uniform(-1, 1), (k * 7) % 30)
            Pen(canvas, drop, 4).line([(0.2, -0.5), (-0.2, 0.5)], (78, 104, 150), 0.25)


def _draw_place(canvas: Image.Image, place: str, rng: random.Random) -> None:
    pen, right = Pen(canvas, (0, 0), 1), SIZE * SCALE
    top = _HORIZON + rng.uniform(-1, 1)
    ground = _shade(_GROUND[place], rng.uniform(-8, 8))
    if place == "forest":
        for x in range(0, 70, 8):
            Pen(canvas, (x + rng.uniform(-1, 1), top - 5), 7).polygon(
                [(0, -1.1), (0.8, 1), (-0.8, 1)], (24, 74, 44)
            )
    elif place == "street":
        for x, height in ((2, 13), (13, 8), (24, 15), (35, 9), (47, 14), (58, 10)):
            Pen(canvas, (x, top), 6).box(-0.95, -height / 6, 0.95, 0.4, (158, 118, 106))
    pen.draw.rectangle([0, top * SCALE, right, right], fill=ground)
    if place == "beach":
        pen.draw.rectangle([0, (top - 1) * SCALE, right, (top + 8) * SCALE], fill=(36, 128, 196))
        pen.draw.rectangle([0, (top + 8) * SCALE, right, (top + 9.5) * SCALE], fill=(240, 250, 255))
    elif place == "desert":
        for x in (8, 36, 60):
            Pen(canvas, (x, top + 1), 16).draw.ellipse(
                [(x - 17) * SCALE, (top - 4) * SCALE, (x + 17) * SCALE, (top + 12) * SCALE],
                fill=_shade(ground, -20),
            )
        pen.draw.rectangle([0, (top + 5) * SCALE, right, right], fill=ground)
    elif place == "street":
        for x in range(2, 64, 14):
            pen.draw.rectangle(
                [x * SCALE, 60.5 * SCALE, (x + 7) * SCALE, 62.5 * SCALE], fill=(250, 230, 120)
            )
    elif place == "meadow":
        for k in range(9):
            tuft = (k * 7 + 4 + rng.uniform(-2, 2), 53 + (k * 5) % 9)
            Pen(canvas, tuft, 2).line([(-0.5, 0.8), (0, -0.8), (0.5, 0.8)], (70, 150, 50), 0.3)
    elif place == "snowfield":
        for x in (4, 30, 56):
            Pen(canvas, (x, top), 12).polygon([(-1.1, 0.1), (0, -0.9), (1.1, 0.1)], (186, 206, 230))
        pen.draw.rectangle([0, top * SCALE, right, right], fill=ground)


# --- the whole scene ------------------------------------------------------------------------------

_BIRD_SLOTS = ((29, 8), (41, 6), (53, 8), (46, 18))


def _draw_birds(canvas: Image.Image, count: str, sky: str, rng: random.Random) -> None:
    ink = (255, 255, 255) if sky in ("starry", "stormy") else (20, 20, 30)
    for x, y in _BIRD_SLOTS[: COUNTS.index(count) + 1]:
        pen = Pen(canvas, (x + rng.uniform(-1.2, 1.2), y + rng.uniform(-1.2, 1.2)), 4.4)
        pen.line([(-1.0, -0.45), (-0.45, -0.5), (0.0, 0.3), (0.45, -0.5), (1.0, -0.45)], ink, 0.42)


def _draw_arrow(canvas: Image.Image, direction: str, rng: random.Random) -> None:
    pen = Pen(canvas, (20 + rng.uniform(-1.5, 1.5), 57.2 + rng.uniform(-0.4, 0.4)), 6.2)
    shaft = [(-1.3, -0.36), (0.1, -0.36), (0.1, -1), (1.3, 0), (0.1, 1), (0.1, 0.36), (-1.3, 0.36)]
    if direction in ("up", "down"):
        shaft = [(y, x * 0.8) for x, y in shaft]
    sign = -1 if direction in ("left", "up") else 1
    pen.polygon([(x * sign, y * sign) for x, y in shaft], (255, 250, 250))


#: The box of a nearby thing, jitter included: (left, top, right, bottom) as shares of the image.
CUE_BOX = (35 / SIZE, 28 / SIZE, 1.0, 57 / SIZE)


def render(scene: Scene) -> Image.Image:
    """Returns the scene as a 64 x 64 RGB image.

    Every part has its own stream of jitter, so a change of one part does not move the others.
    """

    def jitter(part: str) -> random.Random:
        return random.Random(f"{scene.seed}/{part}")

    canvas = Image.new("RGB", (SIZE * SCALE, SIZE * SCALE))
    _draw_sky(canvas, scene.sky, jitter("sky"))
    _draw_place(canvas, scene.place, jitter("place"))
    if scene.count:
        _draw_birds(canvas, scene.count, scene.sky, jitter("count"))
    if scene.direction:
        _draw_arrow(canvas, scene.direction, jitter("direction"))
    rng = jitter("object")
    centre = (19.5 + rng.uniform(-1.8, 1.8), 36 + rng.uniform(-1.5, 1.5))
    pen = Pen(canvas, centre, 14.5 * rng.uniform(0.93, 1.07))
    DRAW_OBJECT[scene.object](pen, _shade(RGB[scene.colour], rng.uniform(-12, 8)))
    if scene.cue:
        rng = jitter("cue")
        centre = (49.5 + rng.uniform(-1.8, 1.8), 42.5 + rng.uniform(-1.8, 1.8))
        DRAW_CUE[scene.cue](Pen(canvas, centre, 10.3 * rng.uniform(0.93, 1.07)))
    image = canvas.reduce(SCALE)
    return _hazy(image, scene) if scene.haze else image


def _hazy(image: Image.Image, scene: Scene) -> Image.Image:
    """Blurs and veils the image, so that the core is hard to read."""
    veil = Image.new(
        "RGB", image.size, _shade((150, 150, 150), random.Random(scene.seed).uniform(-20, 20))
    )
    blurred = image.filter(ImageFilter.GaussianBlur(3.2 * scene.haze))
    return Image.blend(blurred, veil, 0.85 * scene.haze)
