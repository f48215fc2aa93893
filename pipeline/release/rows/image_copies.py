"""Real images that are one picture in other bytes: saved anew, at another size, or in two
benchmarks.

looks = Looks(workspace.image) looks.copies(["1f0c...", "77ab...", ...])        # {("1f0c...",
"77ab...")}: by their hashes, the smaller first
"""

from collections.abc import Callable, Iterable

import numpy as np
from PIL import Image

from ...near_copies import copied, look_alikes, perceptual_hash, thumbnail


class Looks:
    """How images look, each looked at once."""

    def __init__(self, load: Callable[[str], Image.Image]) -> None:
        self._load = load
        self._hashes: dict[str, int | None] = {}
        self._thumbnails: dict[str, np.ndarray] = {}

    def copies(self, images: Iterable[str]) -> set[tuple[str, str]]:
        """The pairs of images that are copies of one another."""
        near = look_alikes({digest: self._hash(digest) for digest in images})
        return {
            (one, other)
            for one, other in near
            if copied(self._thumbnail(one), self._thumbnail(other))
        }

    def _hash(self, digest: str) -> int | None:
        if digest not in self._hashes:
            self._hashes[digest] = perceptual_hash(self._load(digest))
        return self._hashes[digest]

    def _thumbnail(self, digest: str) -> np.ndarray:
        if digest not in self._thumbnails:
            self._thumbnails[digest] = thumbnail(self._load(digest))
        return self._thumbnails[digest]
