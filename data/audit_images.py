"""Faults in a source's images: missing, unreadable, tiny, huge, repeated or nearly repeated.

    with ImageAudit() as images:
        for row in rows:
            images.see(row, Spot(row.id, row.where))
        findings = list(images.findings())

Two threads read a few images at a time, each name once. Only a hash of the bytes and a perceptual
hash of 64 bits are kept.
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

#: An image is tiny if its shorter side has fewer pixels than this.
TINY = 32
#: An image is huge if it has more pixels than this.
HUGE = 50_000_000
_THREADS, _AT_ONCE = 2, 8


@dataclass(frozen=True, slots=True)
class ImageCheck:
    """What is kept of an image: its kind of fault, if any, and its hashes, if it could be read."""

    fault: str
    note: str
    sha256: str = ""
    perceptual: int | None = None


def check(image: ImageRef) -> ImageCheck:
    """Reads and decodes an image."""
    try:
        payload = image.read()
    except ValueError as error:
        return ImageCheck("missing-image", str(error))
    try:
        return _decoded(payload)
    except Exception as error:  # a decoder may raise anything on broken bytes
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
        # A JPEG decodes at a fraction of its size, which is enough for the hash.
        image.draft("RGB", (256, 256))
        perceptual = perceptual_hash(image)
    return ImageCheck("tiny-image" if min(width, height) < TINY else "", size, sha256, perceptual)


class ImageAudit:
    """Checks each image once, however many rows ask about it; none if `enabled` is False."""

    def __init__(self, enabled: bool = True) -> None:
        self.enabled = enabled
        self.rows: dict[str, list[Spot]] = defaultdict(list)
        #: Image -> its name in the source, if it has one.
        self.source_names: dict[str, str] = {}
        self.checks: dict[str, ImageCheck] = {}
        self.without: list[Spot] = []
        self._pending: deque[tuple[str, Future[ImageCheck]]] = deque()

    def __enter__(self) -> Self:
        """Starts the threads."""
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="audit-image")
        return self

    def __exit__(self, *raised: object) -> None:
        """Ends the threads; images still waiting are dropped."""
        self._pool.shutdown(cancel_futures=True)

    @property
    def opened(self) -> int:
        """Number of images that could be read, sound or not."""
        return sum(checked.sha256 != "" for checked in self.checks.values())

    def see(self, row: Row, spot: Spot) -> None:
        """Takes in a row; its image is checked soon, and at most a few images wait."""
        if not self.enabled:
            return
        if row.image is None:
            self.without.append(spot)
            return
        name = row.image.name
        if name not in self.rows:
            self.source_names[name] = row.image_name or name
            self._pending.append((name, self._pool.submit(check, row.image)))
            if len(self._pending) > _AT_ONCE:
                self._take()
        self.rows[name].append(spot)

    def _take(self) -> None:
        name, future = self._pending.popleft()
        self.checks[name] = future.result()

    def findings(self) -> Iterator[Finding]:
        """Yields the faults of the images so far; a source without any image lacks none."""
        while self._pending:
            self._take()
        faults: dict[str, list[Spot]] = defaultdict(list)
        if self.rows and self.without:
            faults["missing-image"] += [
                replace(spot, note="no image given") for spot in self.without
            ]
        for name, checked in self.checks.items():
            if checked.fault:
                faults[checked.fault] += [
                    replace(spot, note=checked.note) for spot in self.rows[name]
                ]
        faults["duplicate-image"] = list(self._duplicates())
        faults["near-duplicate-image"] = list(self._near_duplicates())
        yield from (finding(kind, spots) for kind, spots in faults.items() if spots)

    def _duplicates(self) -> Iterator[Spot]:
        """Yields the rows of all images that occur under another name, too."""
        for names in self._same_bytes().values():
            for name in names:
                other = names[0] if name != names[0] else names[1]
                yield from (replace(spot, note=f"the same as {other}") for spot in self.rows[name])

    def _same_bytes(self) -> dict[str, list[str]]:
        """Returns the names of each image that has several names in the source."""
        groups: dict[str, list[str]] = defaultdict(list)
        for name, checked in self.checks.items():
            if checked.sha256:
                groups[checked.sha256].append(name)
        return {
            sha: names
            for sha, names in groups.items()
            if len({self.source_names[name] for name in names}) > 1
        }

    def _near_duplicates(self) -> Iterator[Spot]:
        """Yields the rows of all images that look like an image with other bytes."""
        # Perceptual hash -> hash of the bytes -> name.
        alike: dict[int, dict[str, str]] = defaultdict(dict)
        for name, checked in self.checks.items():
            if checked.perceptual is not None:
                alike[checked.perceptual].setdefault(checked.sha256, name)
        near = near_neighbours(list(alike))
        for name, checked in self.checks.items():
            if checked.perceptual is None:
                continue
            groups = (alike[checked.perceptual], alike.get(near.get(checked.perceptual, -1), {}))
            names = (
                other for group in groups for sha, other in group.items() if sha != checked.sha256
            )
            if (other := next(names, None)) is not None:
                yield from (replace(spot, note=f"looks like {other}") for spot in self.rows[name])


def near_neighbours(hashes: list[int]) -> dict[int, int]:
    """Maps each of these different 64-bit hashes to a near one, if there is one."""
    neighbour: dict[int, int] = {}
    for first, second in near_pairs(hashes):
        neighbour[hashes[second]] = hashes[first]
        neighbour.setdefault(hashes[first], hashes[second])
    return neighbour
