"""Copies of a picture are found, and each image is loaded twice at most."""

from collections import Counter

from PIL import Image

from spuriforge.pipeline.release.rows.image_copies import CopyFinder
from tests import worlds


def test_a_picture_saved_anew_is_a_copy_and_another_picture_is_none() -> None:
    images = {"a": worlds.picture("a"), "b": worlds.picture("b"), "c": worlds.picture("a")}
    images["c"].putpixel((0, 0), (0, 0, 0))
    loaded: Counter[str] = Counter()

    def load(digest: str) -> Image.Image:
        loaded[digest] += 1
        return images[digest]

    finder = CopyFinder(load)
    assert finder.copies(["c", "b", "a"]) == {("a", "c")}
    assert finder.copies(["a", "c"]) == {("a", "c")}
    assert max(loaded.values()) <= 2
