"""Images as a task carries them: as data: URIs, so that they load wherever the screen opens.

    uri = data_uri(payload)                      # payload: the bytes of a PNG, JPEG or WebP
    uri = preview_uri((payload_with, payload_without))

A data: URI needs no storage, no presigned address and no second request.
"""

import base64
import io

from PIL import Image, ImageDraw, ImageFont

#: An image is shown at least so many pixels wide, and at most so many a side.
LEAST, MOST = 640, 1024
#: In pixels: half of a preview (more than twice its size on screen), the gap, the words above.
_HALF, _GAP, _WORDS = 320, 16, 40


def data_uri(payload: bytes) -> str:
    """Returns a data: URI; tiny images are enlarged in whole pixels, huge ones reduced."""
    image = Image.open(io.BytesIO(payload)).convert("RGB")
    times = -(-LEAST // image.width)
    if times > 1 and image.height * times <= 4 * MOST:
        size = (image.width * times, image.height * times)
        # PNG: without loss, and blocks of one colour take next to no room
        return _encoded(image.resize(size, Image.Resampling.NEAREST), "PNG")
    image.thumbnail((MOST, MOST))
    return _encoded(image, "WEBP", quality=88, method=2)


def preview_uri(preview: tuple[bytes, bytes] | None) -> str:
    """Returns a small pair, with and without the cue, as one image with a title above each half.

    Without a pair it is a transparent strip, so much wider than high that it takes no room.
    """
    if preview is None:
        return _encoded(Image.new("RGBA", (1000, 1)), "PNG")
    halves = [_half(payload) for payload in preview]
    height = _WORDS + max(half.height for half in halves)
    both = Image.new("RGB", (2 * _HALF + _GAP, height), "white")
    draw = ImageDraw.Draw(both)
    for number, (half, words) in enumerate(
        zip(halves, ("with the cue", "without it"), strict=True)
    ):
        left = number * (_HALF + _GAP)
        both.paste(half, (left, _WORDS))
        draw.text((left, 2), words, fill=(70, 70, 70), font=ImageFont.load_default(28))
    return _encoded(both, "WEBP", quality=85, method=2)


def _half(payload: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(payload)).convert("RGB")
    scale = _HALF / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.NEAREST if scale > 2 else Image.Resampling.LANCZOS)


def _encoded(image: Image.Image, form: str, **options: int) -> str:
    stream = io.BytesIO()
    image.save(stream, format=form, **options)
    return f"data:image/{form.lower()};base64,{base64.b64encode(stream.getvalue()).decode()}"
