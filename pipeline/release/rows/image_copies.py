"""Real images that show one picture in other bytes: saved anew, resized, or in two benchmarks.

finder = CopyFinder(workspace.image)
finder.copies(["1f0c...", "77ab...", ...])        # {("1f0c...", "77ab...")}, smaller hash first
"""

from collections.abc import Callable, Iterable

import numpy as np
from PIL import Image

from ...near_copies import copied, look_alikes, perceptual_hash, thumbnail


class CopyFinder:
    """Finds copies among images, and loads each image only once for each of two comparisons."""

    def __init__(self, load: Callable[[str], Image.Image]) -> None:
        self._load = load
        self._hashes: dict[str, int | None] = {}
        self._thumbnails: dict[str, np.ndarray] = {}

    def copies(self, images: Iterable[str]) -> set[tuple[str, str]]:
        """Returns the pairs of images that are copies of each other."""
        near = look_alikes({digest: self._hash(digest) for digest in images})
        return {
            (first, second)
            for first, second in near
            if copied(self._thumbnail(first), self._thumbnail(second))
        }

    def _hash(self, digest: str) -> int | None:
        if digest not in self._hashes:
            self._hashes[digest] = perceptual_hash(self._load(digest))
        return self._hashes[digest]

    def _thumbnail(self, digest: str) -> np.ndarray:
        if digest not in self._thumbnails:
            self._thumbnails[digest] = thumbnail(self._load(digest))
        return self._thumbnails[digest]
