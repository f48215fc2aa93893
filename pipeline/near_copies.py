"""Which images are copies of one another, or nearly so: a perceptual hash of 64 bits, and a look at
the pixels.

    hashes = {name: perceptual_hash(image) for name, image in images.items()}      # None for a plain surface
    copies = {pair for pair in look_alikes(hashes) if copied(*(thumbnail(images[name]) for name in pair))}

A hash finds who might be a copy among very many; two scenes of one look can share it, so pixels
decide.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from PIL import Image

#: Bits of 64 by which two perceptual hashes of one picture may differ.
NEAR = 4
#: Grey values between which a surface is plain: what its hash would say is noise.
PLAIN = 8
#: Of 255, the mean difference up to which two images of one look are copies: saved anew, or at
#: another size.
COPIED = 3.0
#: 64 bits in five bands: hashes that differ in four bits or fewer are the same in one band at
#: least.
_BANDS = ((0, 13), (13, 13), (26, 13), (39, 13), (52, 12))
_THUMB = (32, 32)


def perceptual_hash(image: Image.Image) -> int | None:
    """The image's pHash as a number of 64 bits; None for a plain surface, whose hash is noise."""
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
    """The places of every two different hashes that differ in at most `NEAR` bits; a pair may come
    more than once.

    Only hashes that share a band are compared, so the work does not grow with the square of their
    number.
    """
    values = np.array(hashes, dtype=np.uint64)
    for start, width in _BANDS:
        bands = (values >> np.uint64(start)) & np.uint64((1 << width) - 1)
        order = np.argsort(bands, kind="stable")
        for bucket in np.split(order, np.flatnonzero(np.diff(bands[order])) + 1):
            for place, one in enumerate(bucket[:-1]):
                others = bucket[place + 1 :]
                near = others[np.bitwise_count(values[others] ^ values[one]) <= NEAR]
                yield from ((int(one), int(other)) for other in near)


def look_alikes(hashes: Mapping[str, int | None]) -> set[tuple[str, str]]:
    """The names of every two images that may be copies by their hashes, the smaller name first;
    pixels decide.
    """
    names = [name for name, found in hashes.items() if found is not None]
    near = near_pairs([found for found in hashes.values() if found is not None])
    return {(min(pair), max(pair)) for pair in ((names[one], names[other]) for one, other in near)}


def thumbnail(image: Image.Image) -> np.ndarray:
    """What of an image is compared with others: 32 x 32 x 3 values of 0 to 255."""
    return np.asarray(image.convert("RGB").resize(_THUMB, Image.Resampling.BOX), dtype=np.int16)


def copied(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two thumbnails are of one image."""
    return float(np.abs(one - other).mean()) <= COPIED
