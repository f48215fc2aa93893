"""Copies are found among many images, and images that only look alike are not."""

import numpy as np
import pytest
from PIL import Image

from spuriforge.pipeline.near_copies import (
    NEAR,
    copied,
    look_alikes,
    near_pairs,
    perceptual_hash,
    thumbnail,
)


def _picture(seed: int, side: int = 96) -> Image.Image:
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(blocks).resize((side, side), Image.Resampling.BICUBIC)


def test_a_picture_at_another_size_is_a_copy_and_another_picture_is_not() -> None:
    images = {"a": _picture(1), "b": _picture(1, side=150), "c": _picture(2)}
    hashes = {name: perceptual_hash(image) for name, image in images.items()}
    assert look_alikes(hashes) == {("a", "b")}
    small = {name: thumbnail(image) for name, image in images.items()}
    assert copied(small["a"], small["b"])
    assert not copied(small["a"], small["c"])


def test_a_plain_surface_has_no_hash_and_no_copies() -> None:
    grey = Image.new("RGB", (50, 50), (90, 90, 90))
    assert perceptual_hash(grey) is None
    assert look_alikes({"a": None, "b": None}) == set()


@pytest.mark.parametrize("bits", [0, 1, NEAR])
def test_hashes_that_differ_in_a_few_bits_are_near(bits: int) -> None:
    rng = np.random.default_rng(bits)
    for _ in range(50):
        value = int(rng.integers(0, 2**63))
        flipped = rng.choice(64, bits, replace=False)
        other = value ^ sum(1 << int(bit) for bit in flipped)
        assert (0, 1) in {(min(pair), max(pair)) for pair in near_pairs([value, other])}


def test_hashes_that_differ_in_more_bits_are_not_near_although_they_share_a_band() -> None:
    assert list(near_pairs([0, (1 << NEAR + 1) - 1])) == []
