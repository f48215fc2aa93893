"""Draws a scene: 64 x 64, antialiased, clean, a few hundred a second on a core.

`render(scene)` is a pure function of the scene. Object on the left, nearby thing on the right, always: an
inpainting model that sees the object elsewhere would sometimes paint a second one.
"""

import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

from .world import COUNTS, Scene

SIZE = 64
_SCALE = 4
_INK = (32, 32, 44)
_HORIZON = 35

Colour = tuple[int, int, int]
RGB: dict[str, Colour] = {
    "red": (222, 40, 44), "yellow": (250, 214, 40), "green": (46, 168, 60), "blue": (42, 92, 222),
    "purple": (132, 54, 178), "white": (248, 248, 248),
}  # fmt: skip
_GROUND: dict[str, Colour] = {
    "beach": (240, 222, 164), "meadow": (128, 206, 92), "desert": (224, 152, 82), "snowfield": (236, 242, 250),
    "street": (116, 116, 124), "forest": (70, 92, 52),
}  # fmt: skip
_SKY: dict[str, Colour] = {
    "sunny": (122, 194, 250), "starry": (22, 26, 74), "sunset": (250, 150, 96), "stormy": (70, 74, 88),
    "foggy": (214, 212, 220), "rainy": (138, 156, 178),
}  # fmt: skip


class Pen:
    """Draws in a part's own coordinates: the unit square [-1, 1] scaled and moved into the image."""

    def __init__(self, canvas: Image.Image, centre: tuple[float, float], radius: float) -> None:
        self.draw = ImageDraw.Draw(canvas)
        self.centre, self.radius = centre, radius
        self.line_width = max(2, round(0.95 * _SCALE))

    def _points(self, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        (x0, y0), r = self.centre, self.radius
        return [((x0 + x * r) * _SCALE, (y0 + y * r) * _SCALE) for x, y in points]

    def polygon(self, points: list[tuple[float, float]], fill: Colour) -> None:
        self.draw.polygon(self._points(points), fill=fill, outline=_INK, width=self.line_width)

    def ellipse(self, left: float, top: float, right: float, bottom: float, fill: Colour | None) -> None:
        a, b = self._points([(left, top), (right, bottom)])
        self.draw.ellipse([*a, *b], fill=fill, outline=_INK, width=self.line_width)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], fill)

    def line(self, points: list[tuple[float, float]], fill: Colour = _INK, width: float = 0.12) -> None:
        pixels = max(self.line_width, round(width * self.radius * _SCALE))
        self.draw.line(self._points(points), fill=fill, width=pixels, joint="curve")

    def pie(self, left: float, top: float, right: float, bottom: float, start: int, end: int, fill: Colour) -> None:
        a, b = self._points([(left, top), (right, bottom)])
        self.draw.pieslice([*a, *b], start, end, fill=fill, outline=_INK, width=self.line_width)


# --- core objects: each takes a pen and its colour ---------------------------------------------------------------


def _car(p: Pen, c: Colour) -> None:
    p.polygon([(-0.6, 0.0), (-0.4, -0.55), (0.35, -0.55), (0.62, 0.0)], c)
    p.polygon([(-0.42, -0.04), (-0.3, -0.4), (-0.06, -0.4), (-0.06, -0.04)], (206, 232, 246))
    p.polygon([(0.06, -0.04), (0.06, -0.4), (0.28, -0.4), (0.44, -0.04)], (206, 232, 246))
    p.box(-1.0, 0.0, 1.0, 0.48, c)
    for x in (-0.55, 0.55):
        p.ellipse(x - 0.27, 0.24, x + 0.27, 0.78, (44, 44, 52))
        p.ellipse(x - 0.1, 0.41, x + 0.1, 0.61, (200, 200, 204))


def _boat(p: Pen, c: Colour) -> None:
    p.line([(0.0, 0.3), (0.0, -1.0)], (96, 60, 34), 0.13)
    p.polygon([(0.1, -0.95), (0.1, 0.12), (0.9, 0.12)], c)
    p.polygon([(-0.1, -0.7), (-0.1, 0.12), (-0.72, 0.12)], c)
    p.polygon([(-1.0, 0.28), (1.0, 0.28), (0.65, 0.86), (-0.65, 0.86)], c)


def _house(p: Pen, c: Colour) -> None:
    p.box(-0.72, -0.14, 0.72, 0.86, c)
    p.polygon([(-1.0, -0.1), (0.0, -0.98), (1.0, -0.1)], (92, 58, 46))
    p.box(-0.16, 0.3, 0.2, 0.86, (92, 58, 46))
    p.box(-0.56, 0.12, -0.28, 0.42, (206, 232, 246))
    p.box(0.34, 0.12, 0.6, 0.42, (206, 232, 246))


def _fish(p: Pen, c: Colour) -> None:
    p.polygon([(0.4, 0.0), (1.0, -0.6), (0.86, 0.0), (1.0, 0.6)], c)
    p.polygon([(-0.25, -0.45), (0.1, -0.92), (0.35, -0.35)], c)
    p.ellipse(-1.0, -0.58, 0.6, 0.58, c)
    p.line([(-0.4, -0.48), (-0.28, 0.0), (-0.4, 0.48)], width=0.09)
    p.ellipse(-0.78, -0.26, -0.52, 0.0, (255, 255, 255))


def _mug(p: Pen, c: Colour) -> None:
    p.ellipse(0.22, -0.42, 0.98, 0.46, c)
    p.ellipse(0.42, -0.2, 0.78, 0.24, (226, 226, 230))
    p.box(-0.78, -0.72, 0.5, 0.84, c)
    p.ellipse(-0.78, -0.92, 0.5, -0.52, (84, 50, 30))


def _chair(p: Pen, c: Colour) -> None:
    p.box(-0.62, 0.2, -0.42, 0.98, c)
    p.box(0.46, 0.2, 0.66, 0.98, c)
    p.box(-0.66, -1.0, -0.38, 0.2, c)
    p.box(-0.66, -1.0, -0.02, -0.62, c)
    p.box(-0.66, 0.02, 0.72, 0.3, c)


def _rocket(p: Pen, c: Colour) -> None:
    p.polygon([(-0.2, 0.6), (0.0, 1.0), (0.2, 0.6)], (250, 160, 40))
    p.polygon([(-0.36, 0.1), (-0.78, 0.72), (-0.3, 0.62)], (120, 124, 134))
    p.polygon([(0.36, 0.1), (0.78, 0.72), (0.3, 0.62)], (120, 124, 134))
    p.polygon([(0.0, -1.0), (0.3, -0.55), (0.38, 0.0), (0.3, 0.66), (-0.3, 0.66), (-0.38, 0.0), (-0.3, -0.55)], c)
    p.ellipse(-0.19, -0.42, 0.19, -0.04, (206, 232, 246))


def _mushroom(p: Pen, c: Colour) -> None:
    p.polygon([(-0.26, 0.0), (0.26, 0.0), (0.36, 0.88), (-0.36, 0.88)], (240, 228, 204))
    p.pie(-1.0, -0.9, 1.0, 1.06, 180, 360, c)
    for x, y in ((-0.5, -0.26), (0.02, -0.56), (0.52, -0.24)):
        p.ellipse(x - 0.17, y - 0.17, x + 0.17, y + 0.17, (250, 244, 232) if c != RGB["white"] else (196, 190, 186))


# --- nearby things: shapes and hues chosen to be unlike one another ---------------------------------------------


def _umbrella(p: Pen) -> None:
    p.line([(0.0, -0.4), (0.0, 0.82), (0.26, 0.92), (0.36, 0.7)], (70, 44, 30), 0.14)
    p.pie(-1.0, -0.95, 1.0, 0.85, 180, 360, (236, 62, 160))
    p.pie(-0.4, -0.95, 0.4, 0.85, 180, 360, (255, 226, 240))


def _ladder(p: Pen) -> None:
    for y in (-0.66, -0.2, 0.26, 0.72):
        p.line([(-0.42, y), (0.42, y)], (104, 56, 18), 0.2)
    for x in (-0.46, 0.46):
        p.line([(x, -1.0), (x, 1.0)], (104, 56, 18), 0.24)


def _cactus(p: Pen) -> None:
    green = (24, 128, 62)
    p.box(-0.86, -0.36, -0.56, 0.3, green)
    p.box(-0.86, 0.06, -0.2, 0.34, green)
    p.box(0.56, -0.6, 0.86, 0.1, green)
    p.box(0.2, -0.14, 0.86, 0.12, green)
    p.box(-0.28, -1.0, 0.28, 1.0, green)


def _cone(p: Pen) -> None:
    p.polygon([(-0.16, -1.0), (0.16, -1.0), (0.58, 0.74), (-0.58, 0.74)], (255, 112, 20))
    p.polygon([(-0.31, -0.3), (0.31, -0.3), (0.44, 0.22), (-0.44, 0.22)], (255, 255, 255))
    p.box(-0.86, 0.72, 0.86, 0.98, (255, 112, 20))


def _flag(p: Pen) -> None:
    p.line([(-0.6, -1.0), (-0.6, 1.0)], (60, 60, 66), 0.2)
    p.polygon([(-0.5, -0.95), (0.95, -0.72), (0.6, -0.34), (0.95, 0.04), (-0.5, 0.1)], (0, 196, 220))


def _tent(p: Pen) -> None:
    p.polygon([(0.0, -0.8), (1.0, 0.84), (-1.0, 0.84)], (20, 138, 130))
    p.polygon([(0.0, -0.2), (0.38, 0.84), (-0.38, 0.84)], (250, 226, 130))


def _barrel(p: Pen) -> None:
    p.polygon([(-0.5, -0.9), (0.5, -0.9), (0.76, 0.0), (0.5, 0.92), (-0.5, 0.92), (-0.76, 0.0)], (128, 74, 36))
    p.box(-0.68, -0.5, 0.68, -0.28, (70, 70, 76))
    p.box(-0.68, 0.3, 0.68, 0.52, (70, 70, 76))


def _snowman(p: Pen) -> None:
    p.ellipse(-0.72, -0.16, 0.72, 1.0, (250, 252, 255))
    p.ellipse(-0.46, -0.8, 0.46, 0.06, (250, 252, 255))
    p.box(-0.42, -1.0, 0.42, -0.7, (26, 26, 30))
    p.polygon([(0.0, -0.42), (0.62, -0.26), (0.0, -0.18)], (255, 124, 20))


def _sunflower(p: Pen) -> None:
    p.line([(0.0, 0.0), (0.0, 1.0)], (40, 130, 40), 0.2)
    p.ellipse(0.02, 0.46, 0.56, 0.76, (40, 130, 40))
    for x, y in ((0, -0.58), (0.5, -0.4), (0.6, 0.06), (0.3, 0.4), (-0.3, 0.4), (-0.6, 0.06), (-0.5, -0.4)):
        p.ellipse(x - 0.28, y - 0.38, x + 0.28, y + 0.18, (255, 204, 0))
    p.ellipse(-0.34, -0.44, 0.34, 0.24, (98, 54, 16))


def _pumpkin(p: Pen) -> None:
    p.box(-0.12, -0.92, 0.14, -0.5, (60, 120, 40))
    for left, right in ((-0.98, -0.1), (0.1, 0.98), (-0.5, 0.5)):
        p.ellipse(left, -0.6, right, 0.84, (240, 116, 10))
    p.polygon([(-0.6, -0.06), (-0.24, -0.06), (-0.42, -0.34)], _INK)
    p.polygon([(0.6, -0.06), (0.24, -0.06), (0.42, -0.34)], _INK)
    p.polygon([(-0.56, 0.2), (0.56, 0.2), (0.0, 0.58)], _INK)


def _clock(p: Pen) -> None:
    p.ellipse(-0.95, -0.95, 0.95, 0.95, (64, 64, 74))
    p.ellipse(-0.72, -0.72, 0.72, 0.72, (255, 255, 255))
    p.line([(0.0, -0.56), (0.0, 0.02), (0.42, 0.2)], (200, 20, 30), 0.17)


def _bell(p: Pen) -> None:
    p.ellipse(-0.2, 0.6, 0.2, 0.98, (150, 100, 10))
    p.polygon([(-0.2, -0.9), (0.2, -0.9), (0.5, -0.3), (0.58, 0.36), (0.92, 0.7), (-0.92, 0.7), (-0.58, 0.36),
               (-0.5, -0.3)], (222, 168, 28))  # fmt: skip


def _duck(p: Pen) -> None:
    p.polygon([(-0.6, -0.5), (-1.0, -0.36), (-0.6, -0.22)], (240, 90, 10))
    p.ellipse(-0.72, -0.1, 0.95, 0.86, (255, 232, 60))
    p.polygon([(0.6, 0.2), (1.0, -0.3), (0.9, 0.5)], (255, 232, 60))
    p.ellipse(-0.72, -0.88, 0.1, 0.02, (255, 232, 60))
    p.ellipse(-0.5, -0.6, -0.28, -0.38, _INK)


def _crown(p: Pen) -> None:
    p.polygon([(-0.92, 0.7), (-0.98, -0.6), (-0.44, 0.0), (0.0, -0.9), (0.44, 0.0), (0.98, -0.6), (0.92, 0.7)],
              (255, 190, 0))  # fmt: skip
    for x in (-0.5, 0.0, 0.5):
        p.ellipse(x - 0.16, 0.2, x + 0.16, 0.52, (210, 20, 60))


def _gem(p: Pen) -> None:
    p.polygon([(-0.56, -0.74), (0.56, -0.74), (0.98, -0.16), (0.0, 0.92), (-0.98, -0.16)], (60, 232, 236))
    p.polygon([(-0.36, -0.14), (0.36, -0.14), (0.0, 0.86)], (190, 250, 252))
    p.line([(-0.96, -0.16), (0.96, -0.16)])


def _candle(p: Pen) -> None:
    p.box(-0.34, -0.3, 0.34, 0.8, (246, 240, 226))
    p.polygon([(0.0, -1.0), (0.28, -0.56), (0.0, -0.3), (-0.28, -0.56)], (255, 150, 20))
    p.box(-0.8, 0.72, 0.8, 0.98, (178, 130, 60))


def _apple(p: Pen) -> None:
    p.line([(0.0, -0.5), (0.1, -0.95)], (80, 50, 20), 0.14)
    p.ellipse(0.1, -0.98, 0.66, -0.6, (60, 170, 50))
    p.ellipse(-0.9, -0.6, 0.24, 0.84, (206, 16, 32))
    p.ellipse(-0.24, -0.6, 0.9, 0.84, (206, 16, 32))
    p.polygon([(-0.2, -0.4), (0.2, -0.4), (0.2, 0.7), (-0.2, 0.7)], (206, 16, 32))


def _anchor(p: Pen) -> None:
    steel = (36, 48, 100)
    p.ellipse(-0.26, -1.0, 0.26, -0.5, (236, 236, 240))
    p.line([(0.0, -0.54), (0.0, 0.8)], steel, 0.26)
    p.line([(-0.5, -0.3), (0.5, -0.3)], steel, 0.22)
    p.line([(-0.86, 0.1), (-0.66, 0.62), (0.0, 0.88), (0.66, 0.62), (0.86, 0.1)], steel, 0.28)


def _ball(p: Pen) -> None:
    for k, colour in enumerate(((230, 40, 50), (255, 255, 255), (40, 100, 230), (255, 220, 40)) * 2):
        p.pie(-0.94, -0.94, 0.94, 0.94, 45 * k, 45 * k + 45, colour)


def _kite(p: Pen) -> None:
    p.line([(0.0, 0.4), (-0.3, 0.66), (0.06, 0.8), (-0.2, 1.0)], (40, 40, 50), 0.13)
    p.polygon([(0.0, -1.0), (0.74, -0.3), (0.0, 0.5), (-0.74, -0.3)], (150, 40, 220))
    p.polygon([(0.0, -1.0), (0.74, -0.3), (0.0, -0.3)], (160, 240, 60))
    p.polygon([(-0.74, -0.3), (0.0, -0.3), (0.0, 0.5)], (160, 240, 60))


_DRAW_OBJECT: dict[str, Callable[[Pen, Colour], None]] = {
    "car": _car, "boat": _boat, "house": _house, "fish": _fish, "mug": _mug, "chair": _chair, "rocket": _rocket,
    "mushroom": _mushroom,
}  # fmt: skip
_DRAW_CUE: dict[str, Callable[[Pen], None]] = {
    "umbrella": _umbrella, "ladder": _ladder, "cactus": _cactus, "cone": _cone, "flag": _flag, "tent": _tent,
    "barrel": _barrel, "snowman": _snowman, "sunflower": _sunflower, "pumpkin": _pumpkin, "clock": _clock,
    "bell": _bell, "duck": _duck, "crown": _crown, "gem": _gem, "candle": _candle, "apple": _apple,
    "anchor": _anchor, "ball": _ball, "kite": _kite,
}  # fmt: skip


# --- backgrounds ------------------------------------------------------------------------------------------------


def _shade(colour: Colour, amount: float) -> Colour:
    r, g, b = (max(0, min(255, round(channel + amount))) for channel in colour)
    return r, g, b


def _draw_sky(canvas: Image.Image, sky: str, rng: random.Random) -> None:
    pen = Pen(canvas, (0, 0), 1)
    pen.draw.rectangle([0, 0, SIZE * _SCALE, SIZE * _SCALE], fill=_shade(_SKY[sky], rng.uniform(-8, 8)))
    x, y = 9 + rng.uniform(-1, 1), 9 + rng.uniform(-1, 1)
    emblem = Pen(canvas, (x, y), 6)
    if sky == "sunny":
        emblem.ellipse(-0.9, -0.9, 0.9, 0.9, (255, 226, 60))
    elif sky == "starry":
        emblem.ellipse(-0.8, -0.8, 0.8, 0.8, (248, 244, 206))
        for sx, sy in ((20, 5), (27, 20), (35, 4), (46, 26), (58, 4), (60, 25), (6, 26)):
            Pen(canvas, (sx + rng.uniform(-1, 1), sy), 1.3).ellipse(-0.5, -0.5, 0.5, 0.5, (255, 255, 230))
    elif sky == "sunset":
        pen.draw.rectangle([0, 20 * _SCALE, SIZE * _SCALE, _HORIZON * _SCALE], fill=_shade((252, 200, 120), 0))
        pen.draw.rectangle([0, 0, SIZE * _SCALE, 9 * _SCALE], fill=(206, 92, 128))
    elif sky == "stormy":
        emblem.polygon([(0.1, -1.3), (-0.7, 0.3), (0.0, 0.2), (-0.3, 1.4), (0.8, -0.3), (0.1, -0.2)], (255, 236, 60))
        for cx in (22, 40, 56):
            Pen(canvas, (cx, 2), 9).ellipse(-1, -0.5, 1, 0.4, (48, 50, 62))
    elif sky == "rainy":
        for k in range(22):
            sx, sy = (k * 13) % 64 + rng.uniform(-1, 1), (k * 7) % 30
            Pen(canvas, (sx, sy), 4).line([(0.2, -0.5), (-0.2, 0.5)], (78, 104, 150), 0.25)


def _draw_place(canvas: Image.Image, place: str, rng: random.Random) -> None:
    pen, right = Pen(canvas, (0, 0), 1), SIZE * _SCALE
    top = _HORIZON + rng.uniform(-1, 1)
    ground = _shade(_GROUND[place], rng.uniform(-8, 8))
    if place == "forest":
        for x in range(0, 70, 8):
            Pen(canvas, (x + rng.uniform(-1, 1), top - 5), 7).polygon([(0, -1.1), (0.8, 1), (-0.8, 1)], (24, 74, 44))
    elif place == "street":
        for x, height in ((2, 13), (13, 8), (24, 15), (35, 9), (47, 14), (58, 10)):
            Pen(canvas, (x, top), 6).box(-0.95, -height / 6, 0.95, 0.4, (158, 118, 106))
    pen.draw.rectangle([0, top * _SCALE, right, right], fill=ground)
    if place == "beach":
        pen.draw.rectangle([0, (top - 1) * _SCALE, right, (top + 8) * _SCALE], fill=(36, 128, 196))
        pen.draw.rectangle([0, (top + 8) * _SCALE, right, (top + 9.5) * _SCALE], fill=(240, 250, 255))
    elif place == "desert":
        for x in (8, 36, 60):
            Pen(canvas, (x, top + 1), 16).draw.ellipse(
                [(x - 17) * _SCALE, (top - 4) * _SCALE, (x + 17) * _SCALE, (top + 12) * _SCALE], fill=_shade(ground, -20)
            )
        pen.draw.rectangle([0, (top + 5) * _SCALE, right, right], fill=ground)
    elif place == "street":
        for x in range(2, 64, 14):
            Pen(canvas, (x + rng.uniform(0, 2), 61), 1).draw.rectangle(
                [x * _SCALE, 60.5 * _SCALE, (x + 7) * _SCALE, 62.5 * _SCALE], fill=(250, 230, 120)
            )
    elif place == "meadow":
        for k in range(9):
            x = k * 7 + 4 + rng.uniform(-2, 2)
            Pen(canvas, (x, 53 + (k * 5) % 9), 2).line([(-0.5, 0.8), (0, -0.8), (0.5, 0.8)], (70, 150, 50), 0.3)
    elif place == "snowfield":
        for x in (4, 30, 56):
            Pen(canvas, (x, top), 12).polygon([(-1.1, 0.1), (0, -0.9), (1.1, 0.1)], (186, 206, 230))
        pen.draw.rectangle([0, top * _SCALE, right, right], fill=ground)


# --- the whole scene --------------------------------------------------------------------------------------------

_BIRD_SLOTS = ((29, 8), (41, 6), (53, 8), (46, 18))


def _draw_birds(canvas: Image.Image, count: str, sky: str, rng: random.Random) -> None:
    ink = (255, 255, 255) if sky in ("starry", "stormy") else (20, 20, 30)
    for x, y in _BIRD_SLOTS[: COUNTS.index(count) + 1]:
        pen = Pen(canvas, (x + rng.uniform(-1.2, 1.2), y + rng.uniform(-1.2, 1.2)), 4.4)
        pen.line([(-1.0, -0.45), (-0.45, -0.5), (0.0, 0.3), (0.45, -0.5), (1.0, -0.45)], ink, 0.42)


def _draw_arrow(canvas: Image.Image, direction: str, rng: random.Random) -> None:
    pen = Pen(canvas, (20 + rng.uniform(-1.5, 1.5), 57.2 + rng.uniform(-0.4, 0.4)), 6.2)
    shaft = [(-1.3, -0.36), (0.1, -0.36), (0.1, -1.0), (1.3, 0.0), (0.1, 1.0), (0.1, 0.36), (-1.3, 0.36)]
    if direction in ("up", "down"):
        shaft = [(y, x * 0.8) for x, y in shaft]
    sign = -1 if direction in ("left", "up") else 1
    pen.polygon([(x * sign, y * sign) for x, y in shaft], (255, 250, 250))


#: Where a nearby thing stands, as (left, top, right, bottom) shares of the image, all jitter included.
CUE_BOX = (35 / SIZE, 28 / SIZE, 1.0, 57 / SIZE)


def render(scene: Scene) -> Image.Image:
    """The scene as a 64 x 64 RGB image; every part has its own stream of jitter, so a change of one moves no other."""

    def jitter(part: str) -> random.Random:
        return random.Random(f"{scene.seed}/{part}")

    canvas = Image.new("RGB", (SIZE * _SCALE, SIZE * _SCALE))
    _draw_sky(canvas, scene.sky, jitter("sky"))
    _draw_place(canvas, scene.place, jitter("place"))
    if scene.count:
        _draw_birds(canvas, scene.count, scene.sky, jitter("count"))
    if scene.direction:
        _draw_arrow(canvas, scene.direction, jitter("direction"))
    rng = jitter("object")
    centre = (19.5 + rng.uniform(-1.8, 1.8), 36 + rng.uniform(-1.5, 1.5))
    pen = Pen(canvas, centre, 14.5 * rng.uniform(0.93, 1.07))
    _DRAW_OBJECT[scene.object](pen, _shade(RGB[scene.colour], rng.uniform(-12, 8)))
    if scene.cue:
        rng = jitter("cue")
        centre = (49.5 + rng.uniform(-1.8, 1.8), 42.5 + rng.uniform(-1.8, 1.8))
        _DRAW_CUE[scene.cue](Pen(canvas, centre, 10.3 * rng.uniform(0.93, 1.07)))
    image = canvas.reduce(_SCALE)
    return _hazy(image, scene) if scene.haze else image


def _hazy(image: Image.Image, scene: Scene) -> Image.Image:
    """A hard image: blurred and veiled, so that the core can hardly be read."""
    veil = Image.new("RGB", image.size, _shade((150, 150, 150), random.Random(scene.seed).uniform(-20, 20)))
    blurred = image.filter(ImageFilter.GaussianBlur(3.2 * scene.haze))
    return Image.blend(blurred, veil, 0.85 * scene.haze)
