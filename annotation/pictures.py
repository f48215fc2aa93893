"""Images as a task carries them: in the task itself, so that they load wherever the screen is
opened.

    uri = data_uri(payload)                      # payload: the bytes of a PNG, JPEG or WebP
    uri = preview_uri((payload_with, payload_without))

A data: URI needs no storage, no presigned address and no second request. At most 1024 pixels a
side, as WebP.
"""

import base64
import io

from PIL import Image, ImageDraw, ImageFont

LEAST, MOST = 640, 1024
#: Each half of a preview, more than twice as large as it is shown; and the height of the words
#: above it.
_HALF, _GAP, _WORDS = 320, 16, 40


def data_uri(payload: bytes) -> str:
    """An image as a data: URI: a tiny one enlarged in whole pixels so that a person sees it, a huge
    one reduced.
    """
    image = Image.open(io.BytesIO(payload)).convert("RGB")
    times = -(-LEAST // image.width)
    if times > 1 and image.height * times <= 4 * MOST:
        # without loss: blocks of one colour take next to no room
        return _encoded(
            image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST),
            "PNG",
        )
    image.thumbnail((MOST, MOST))
    return _encoded(image, "WEBP", quality=88, method=2)


def preview_uri(preview: tuple[bytes, bytes] | None) -> str:
    """A small pair, with and without the cue, as one image with the words above; without a pair, a
    strip of nothing.

    The strip is transparent and so much wider than high that it takes no room on the screen.
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
