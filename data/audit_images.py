"""What is wrong with a source's images: missing, unreadable, tiny, huge, the same twice, or nearly
so.

    with ImageAudit() as images:
        for row in rows: images.see(row, Spot(row.id, row.where))
        found = images.findings()

Images are read and looked at by two threads, a few at once, each name once, and dropped: only a
hash of the bytes and a perceptual hash of 64 bits are kept.
"""

import hashlib
import io
from collections import defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Self

from spuriforge.pipeline.near_copies import near_pairs, perceptual_hash

from .audit_findings import Finding, Spot, finding
from .benchmark_rows import ImageRef, Row

#: Pixels of the shorter side below which an image is tiny; pixels in all above which it is huge.
TINY, HUGE = 32, 50_000_000
_THREADS, _AT_ONCE = 2, 8


@dataclass(frozen=True, slots=True)
class ImageCheck:
    """What is kept of an image: the kind of fault that it has, if any, and its two hashes where it
    has them.
    """

    fault: str
    note: str
    sha256: str = ""
    perceptual: int | None = None


def look(image: ImageRef) -> ImageCheck:
    """Reads an image and looks at it."""
    try:
        payload = image.read()
    except ValueError as error:
        return ImageCheck("missing-image", str(error))
    try:
        return _decoded(payload)
    except (
        Exception
    ) as error:  # a decoder may raise anything on broken bytes; what it says is the finding
        return ImageCheck(
            "unreadable-image",
            f"{type(error).__name__}: {error}"[:120],
            hashlib.sha256(payload).hexdigest(),
        )


def _decoded(payload: bytes) -> ImageCheck:
    from PIL import Image

    from .rows_to_samples import FORMATS

    sha256 = hashlib.sha256(payload).hexdigest()
    try:
        image = Image.open(io.BytesIO(payload), formats=FORMATS)
    except Image.DecompressionBombError as error:
        return ImageCheck("huge-image", str(error)[:120], sha256)
    with image:
        width, height = image.size
        size = f"{width} x {height}"
        if width * height > HUGE:
            return ImageCheck("huge-image", size, sha256)
        image.draft(
            "RGB", (256, 256)
        )  # a JPEG decodes at a fraction of its size, which is all that the hash wants
        perceptual = perceptual_hash(image)
    return ImageCheck("tiny-image" if min(width, height) < TINY else "", size, sha256, perceptual)


class ImageAudit:
    """Looks at each image once, however many rows ask about it; `enabled` False looks at none."""

    def __init__(self, enabled: bool = True) -> None:
        self.enabled = enabled
        self.rows: dict[str, list[Spot]] = defaultdict(list)
        #: What the source itself calls each image, where it does.
        self.called: dict[str, str] = {}
        self.looks: dict[str, ImageCheck] = {}
        self.without: list[Spot] = []
        self._pending: deque[tuple[str, Future[ImageCheck]]] = deque()

    def __enter__(self) -> Self:
        """Starts the threads."""
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="audit-image")
        return self

    def __exit__(self, *raised: object) -> None:
        """Ends the threads; what waits is dropped."""
        self._pool.shutdown(cancel_futures=True)

    @property
    def opened(self) -> int:
        """How many images could be read, sound or not."""
        return sum(look.sha256 != "" for look in self.looks.values())

    def see(self, row: Row, spot: Spot) -> None:
        """Takes in one row; its image is looked at soon, while others wait no longer than a few."""
        if not self.enabled:
            return
        if row.image is None:
            self.without.append(spot)
            return
        name = row.image.name
        if name not in self.rows:
            self.called[name] = row.image_name or name
            self._pending.append((name, self._pool.submit(look, row.image)))
            if len(self._pending) > _AT_ONCE:
                self._take()
        self.rows[name].append(spot)

    def _take(self) -> None:
        name, future = self._pending.popleft()
        self.looks[name] = future.result()

    def findings(self) -> Iterator[Finding]:
        """What is wrong with the images seen so far; a source without any image lacks none."""
        while self._pending:
            self._take()
        faults: dict[str, list[Spot]] = defaultdict(list)
        if self.rows and self.without:
            faults["missing-image"] += [
                replace(spot, note="no image given") for spot in self.without
            ]
        for name, one in self.looks.items():
            if one.fault:
                faults[one.fault] += [replace(spot, note=one.note) for spot in self.rows[name]]
        faults["duplicate-image"] = list(self._duplicates())
        faults["near-duplicate-image"] = list(self._near_duplicates())
        yield from (finding(kind, spots) for kind, spots in faults.items() if spots)

    def _duplicates(self) -> Iterator[Spot]:
        """The rows of all images that have another name's bytes."""
        for names in self._same_bytes().values():
            for name in names:
                other = names[0] if name != names[0] else names[1]
                yield from (replace(spot, note=f"the same as {other}") for spot in self.rows[name])

    def _same_bytes(self) -> dict[str, list[str]]:
        """The names of each image that has several; rows that name one image are no duplicates of
        one another.
        """
        groups: dict[str, list[str]] = defaultdict(list)
        for name, one in self.looks.items():
            if one.sha256:
                groups[one.sha256].append(name)
        return {
            sha: names
            for sha, names in groups.items()
            if len({self.called[name] for name in names}) > 1
        }

    def _near_duplicates(self) -> Iterator[Spot]:
        """The rows of all images that look like another one of other bytes."""
        # Perceptual hash -> the images of that look, by their bytes, each with one name.
        looks: dict[int, dict[str, str]] = defaultdict(dict)
        for name, one in self.looks.items():
            if one.perceptual is not None:
                looks[one.perceptual].setdefault(one.sha256, name)
        near = near_neighbours(list(looks))
        for name, one in self.looks.items():
            if one.perceptual is not None:
                others = (looks[one.perceptual], looks.get(near.get(one.perceptual, -1), {}))
                other = next(
                    (known for same in others for sha, known in same.items() if sha != one.sha256),
                    None,
                )
                if other is not None:
                    yield from (
                        replace(spot, note=f"looks like {other}") for spot in self.rows[name]
                    )


def near_neighbours(hashes: list[int]) -> dict[int, int]:
    """For each of these different 64-bit hashes one other that is near, where there is one."""
    neighbour: dict[int, int] = {}
    for one, other in near_pairs(hashes):
        neighbour[hashes[other]] = hashes[one]
        neighbour.setdefault(hashes[one], hashes[other])
    return neighbour
