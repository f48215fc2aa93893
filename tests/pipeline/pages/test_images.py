"""An image in a page is a data URI, and never larger than the page needs."""

import base64
import io

from PIL import Image

from spuriforge.pipeline.pages.images import LARGEST, data_uri


def _png(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(stream, format="PNG")
    return stream.getvalue()


def _decoded(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def test_a_small_image_stays_as_it_is() -> None:
    payload = _png(20, 10)
    assert data_uri(payload) == f"data:image/png;base64,{base64.b64encode(payload).decode()}"


def test_a_large_image_is_scaled_down_with_its_proportions() -> None:
    image = _decoded(data_uri(_png(4 * LARGEST, 2 * LARGEST)))
    assert (image.format, image.size) == ("WEBP", (LARGEST, LARGEST // 2))
