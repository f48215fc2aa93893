"""Images in tasks: seen well, small to send, and a preview that is nothing where there is none."""

import base64
import io

import pytest
from PIL import Image

from spuriforge.annotation.pictures import data_uri, preview_uri
from tests.annotation.things import photo, picture


def png(image: Image.Image) -> bytes:
    """The image's bytes."""
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    return stream.getvalue()


def shown(uri: str) -> Image.Image:
    """The image of a data: URI."""
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1])))


def test_tiny_images_are_enlarged_in_whole_pixels_and_huge_ones_reduced() -> None:
    small = shown(data_uri(png(picture())))
    assert small.size == (640, 640)
    assert small.resize((64, 64), Image.Resampling.NEAREST).tobytes() == picture().tobytes()
    assert max(shown(data_uri(png(Image.new("RGB", (3000, 1500))))).size) == 1024
    assert shown(data_uri(png(Image.new("RGB", (2, 3000))))).height <= 1024


def test_an_image_of_noise_is_still_small_enough_for_a_slow_line() -> None:
    noise = Image.effect_noise((2048, 2048), 40).convert("RGB")
    assert len(data_uri(png(noise))) < 1_000_000
    assert len(data_uri(photo(2048, 2048))) < 60_000
    assert len(data_uri(png(picture()))) < 20_000


def test_a_transparent_image_is_shown_without_its_transparency() -> None:
    assert shown(data_uri(png(Image.new("RGBA", (700, 700), (1, 2, 3, 0))))).mode == "RGB"


@pytest.mark.parametrize("size", [(64, 64), (900, 300), (200, 1600)])
def test_a_preview_is_one_small_image_of_two(size: tuple[int, int]) -> None:
    both = shown(preview_uri((photo(*size), png(picture(post=False)))))
    assert both.width == 656
    assert both.height == 360
    assert len(preview_uri((photo(*size), photo(*size)))) < 40_000


def test_no_preview_is_a_strip_that_takes_no_room() -> None:
    strip = shown(preview_uri(None))
    assert strip.width / strip.height >= 1000
    assert strip.getextrema()[3] == (0, 0)
