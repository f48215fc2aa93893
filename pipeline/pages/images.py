"""Images inside a page: data URIs, so that a page is one file and fetches nothing."""

import base64
import io

from PIL import Image

#: Pixels of the longer side of an image in a page; the release has it whole.
LARGEST = 256


def data_uri(payload: bytes) -> str:
    """Returns an encoded image as a data URI, scaled down where it is larger than `LARGEST`."""
    with Image.open(io.BytesIO(payload)) as opened:
        kind = Image.MIME.get(opened.format or "", "image/png")
        if max(opened.size) > LARGEST:
            small = opened.convert("RGB")
            small.thumbnail((LARGEST, LARGEST))
            stream = io.BytesIO()
            small.save(stream, format="WEBP", quality=85)
            payload, kind = stream.getvalue(), "image/webp"
    return f"data:{kind};base64,{base64.b64encode(payload).decode()}"
