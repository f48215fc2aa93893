"""Small pictures for the readers' tests."""

import io

from PIL import Image


def picture(number: int = 0, size: tuple[int, int] = (24, 24), kind: str = "PNG") -> bytes:
    """An image of one colour, another for each number."""
    stream = io.BytesIO()
    Image.new("RGB", size, (number * 37 % 256, number * 91 % 256, number // 7 % 256)).save(
        stream, format=kind
    )
    return stream.getvalue()
