"""A pen draws in its part's own square, filled and outlined."""

from PIL import Image

from spuriforge.data.proving_ground.drawing import INK, SCALE, Pen

RED = (255, 0, 0)
WHITE = (255, 255, 255)


def _pen() -> tuple[Image.Image, Pen]:
    """A pen of radius 10 in the middle of an image 40 pixels wide."""
    canvas = Image.new("RGB", (40 * SCALE, 40 * SCALE), WHITE)
    return canvas, Pen(canvas, (20, 20), 10)


def _at(canvas: Image.Image, x: float, y: float) -> object:
    return canvas.getpixel((round(x * SCALE), round(y * SCALE)))


def test_a_box_fills_its_square_and_has_an_outline() -> None:
    canvas, pen = _pen()
    pen.box(-1, -1, 1, 1, RED)
    assert _at(canvas, 20, 20) == RED
    assert _at(canvas, 10, 20) == _at(canvas, 30, 20) == INK
    assert _at(canvas, 8, 20) == _at(canvas, 32, 20) == WHITE


def test_an_ellipse_leaves_its_corners_and_may_be_hollow() -> None:
    canvas, pen = _pen()
    pen.ellipse(-1, -1, 1, 1, RED)
    assert _at(canvas, 20, 20) == RED
    assert _at(canvas, 11, 11) == WHITE
    hollow, pen = _pen()
    pen.ellipse(-1, -1, 1, 1, None)
    assert _at(hollow, 20, 20) == WHITE
    assert _at(hollow, 10.2, 20) == INK


def test_a_line_s_width_is_a_share_of_the_radius() -> None:
    canvas, pen = _pen()
    pen.line([(-1, 0), (1, 0)], RED, width=0.4)
    assert [_at(canvas, 20, 20 + away) for away in (-1.5, 1.5)] == [RED, RED]
    assert [_at(canvas, 20, 20 + away) for away in (-3, 3)] == [WHITE, WHITE]


def test_a_slice_goes_clockwise_from_three_o_clock() -> None:
    canvas, pen = _pen()
    pen.pie(-1, -1, 1, 1, 0, 90, RED)
    assert _at(canvas, 24, 24) == RED
    assert [_at(canvas, 16, 16), _at(canvas, 24, 16), _at(canvas, 16, 24)] == [WHITE] * 3
