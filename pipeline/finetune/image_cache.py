"""A cache of a release's decoded images and their hashes, shared by the trainings of a process.

pictures = images_of(release.folder)
pictures(question)                 # the decoded image
pictures.hash(question)            # its perceptual hash, for `leaks`
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from ..near_copies import perceptual_hash, thumbnail
from ..release.questions import Pictures, Question

#: Bytes of decoded images that are kept. The first to come stay: where each image is shown in turn,
#: all of them, the least recently used one is just the next that is wanted.
KEPT = 1 << 29


class ImageCache:
    """Images by their digests, decoded by `picture`."""

    def __init__(self, picture: Callable[[Question], Image.Image]) -> None:
        self._picture = picture
        self._images: dict[str, Image.Image] = {}
        self._hashes: dict[str, int | None] = {}
        self._room = KEPT

    def __call__(self, question: Question) -> Image.Image:
        """The image that a question is about."""
        if (image := self._images.get(question.image)) is not None:
            return image
        image = self._picture(question)
        size = 3 * image.width * image.height
        if size <= self._room:
            self._room -= size
            self._images[question.image] = image
        return image

    def hash(self, question: Question) -> int | None:
        """The image's perceptual hash; None for a plain surface."""
        if question.image not in self._hashes:
            self._hashes[question.image] = perceptual_hash(self(question))
        return self._hashes[question.image]

    def thumbnail(self, question: Question) -> np.ndarray:
        """What of the image is compared with others."""
        return thumbnail(self(question))


def images_of(folder: Path) -> ImageCache:
    """The album of a release: of the one that was trained on last, the very same."""
    return _images_of(folder.resolve())


@lru_cache(maxsize=1)
def _images_of(folder: Path) -> ImageCache:
    return ImageCache(Pictures(folder))
