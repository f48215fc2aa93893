"""A pen that draws antialiased shapes in a part's own coordinates."""

from PIL import Image, ImageDraw

#: Width and height of a finished image, in pixels.
SIZE = 64
#: How many times larger an image is drawn before it is scaled down.
SCALE = 4
INK = (32, 32, 44)

Colour = tuple[int, int, int]


class Pen:
    """Draws in a part's own coordinates: the square [-1, 1], scaled and moved into the image."""

    def __init__(self, canvas: Image.Image, centre: tuple[float, float], radius: float) -> None:
        """`centre` and `radius` in pixels of the finished image."""
        self.draw = ImageDraw.Draw(canvas)
        self.centre, self.radius = centre, radius
        self.line_width = max(2, round(0.95 * SCALE))

    def _points(self, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        (x0, y0), r = self.centre, self.radius
        return [((x0 + x * r) * SCALE, (y0 + y * r) * SCALE) for x, y in points]

    def polygon(self, points: list[tuple[float, float]], fill: Colour) -> None:
        """Draws a filled, outlined polygon."""
        self.draw.polygon(self._points(points), fill=fill, outline=INK, width=self.line_width)

    def ellipse(
        self, left: float, top: float, right: float, bottom: float, fill: Colour | None
    ) -> None:
        """Draws a filled, outlined ellipse."""
        a, b = self._points([(left, top), (right, bottom)])
        self.draw.ellipse([*a, *b], fill=fill, outline=INK, width=self.line_width)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        """Draws a filled, outlined rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], fill)

    def line(
        self, points: list[tuple[float, float]], fill: Colour = INK, width: float = 0.12
    ) -> None:
        """Draws a line; its width is a share of the radius."""
        pixels = max(self.line_width, round(width * self.radius * SCALE))
        self.draw.line(self._points(points), fill=fill, width=pixels, joint="curve")

    def pie(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        start: int,
        end: int,
        fill: Colour,
    ) -> None:
        """Draws a filled, outlined slice of an ellipse; degrees clockwise from three o'clock."""
        a, b = self._points([(left, top), (right, bottom)])
        self.draw.pieslice([*a, *b], start, end, fill=fill, outline=INK, width=self.line_width)
