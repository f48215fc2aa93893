"""Near-copies among images: a perceptual hash of 64 bits, then a look at the pixels.

    hashes = {name: perceptual_hash(image) for name, image in images.items()}
    for first, second in look_alikes(hashes):
        copied(thumbnail(images[first]), thumbnail(images[second]))

Hashes find possible copies among very many images. Two scenes that look alike can share a hash, so
the pixels decide.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from PIL import Image

#: Most bits, of 64, by which two perceptual hashes of the same picture may differ.
NEAR = 4
#: An image with a smaller range of grey values is plain, and its hash is noise.
PLAIN = 8
#: Largest mean difference, of 255, between copies: the same image saved again or at another size.
COPIED = 3.0
#: 64 bits in five bands, as (start, width): hashes that differ in at most four bits share a band.
_BANDS = ((0, 13), (13, 13), (26, 13), (39, 13), (52, 12))
_THUMB = (32, 32)


def perceptual_hash(image: Image.Image) -> int | None:
    """Returns the image's pHash as a 64-bit number, or None for a plain surface."""
    import imagehash

    image.load()
    grey = image.convert("L")
    low, high = grey.getextrema()
    assert isinstance(low, float | int)
    assert isinstance(high, float | int)
    if high - low < PLAIN:
        return None
    return int.from_bytes(np.packbits(imagehash.phash(grey).hash.flatten()).tobytes(), "big")


def near_pairs(hashes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yields the places of every two hashes that differ in at most `NEAR` bits.

    A pair may come more than once. Only hashes that share a band are compared, so the work does not
    grow with the square of their number.
    """
    values = np.array(hashes, dtype=np.uint64)
    for start, width in _BANDS:
        bands = (values >> np.uint64(start)) & np.uint64((1 << width) - 1)
        order = np.argsort(bands, kind="stable")
        for bucket in np.split(order, np.flatnonzero(np.diff(bands[order])) + 1):
            for number, place in enumerate(bucket[:-1]):
                others = bucket[number + 1 :]
                near = others[np.bitwise_count(values[others] ^ values[place]) <= NEAR]
                yield from ((int(place), int(other)) for other in near)


def look_alikes(hashes: Mapping[str, int | None]) -> set[tuple[str, str]]:
    """Returns the names of every two images with near hashes, the smaller name first."""
    known = {name: value for name, value in hashes.items() if value is not None}
    names = [*known]
    pairs = ((names[first], names[second]) for first, second in near_pairs([*known.values()]))
    return {(min(pair), max(pair)) for pair in pairs}


def thumbnail(image: Image.Image) -> np.ndarray:
    """Returns the pixels that are compared, (32, 32, 3) values from 0 to 255."""
    return np.asarray(image.convert("RGB").resize(_THUMB, Image.Resampling.BOX), dtype=np.int16)


def copied(first: np.ndarray, second: np.ndarray) -> bool:
    """Returns whether two thumbnails are of the same image."""
    return float(np.abs(first - second).mean()) <= COPIED
