"""Cuts the rows of a split into files, by their content: an added type moves few of the cuts.

    for shard in shards(part.rows, light, ["image"], size_of, HUB):
        print(shard.rows, shard.content("with pyarrow 26"))

A file ends between two groups of rows (types, say) if the hash of the first group says so, whatever
the other groups are. Images are weighed but not read; one shard at a time is in memory, without its
images.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa

#: A row's values by column; an image is its sha256.
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """How large row groups and files become."""

    group_rows: int
    group_bytes: int
    #: A file has at least `least` bytes, `usual` more on average, and never more than `most`.
    least: int
    usual: int
    most: int


#: Row groups that the Hub's viewer shows at once, and files of a handy size to download.
HUB = Limits(
    group_rows=1_000, group_bytes=32 << 20, least=128 << 20, usual=128 << 20, most=448 << 20
)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A row, the line that stands for it in hashes, and about how many bytes it takes in a file."""

    row: Row
    line: bytes
    weight: int


class Shard:
    """The rows of one file in row groups, with images still by their hashes."""

    def __init__(self, light: pa.Schema, limits: Limits) -> None:
        self._light, self._limits = light, limits
        self.groups: list[pa.RecordBatch] = []
        self.rows = self.weight = 0
        self._hash = hashlib.sha256()
        self._open: list[Row] = []
        self._open_weight = 0

    def add(self, row: _Weighed) -> None:
        """Appends a row."""
        if (
            len(self._open) >= self._limits.group_rows
            or self._open_weight + row.weight > self._limits.group_bytes
        ):
            self.close()
        self._open.append(row.row)
        self._open_weight += row.weight
        self.rows += 1
        self.weight += row.weight
        self._hash.update(row.line)

    def close(self) -> "Shard":
        """Ends the row group, which takes a fraction of the memory as an Arrow table."""
        if self._open:
            self.groups.append(pa.RecordBatch.from_pylist(self._open, schema=self._light))
            self._open, self._open_weight = [], 0
        return self

    def content(self, written: str) -> str:
        """Returns a hash of the rows in their order, and of how they are `written`."""
        return hashlib.sha256(f"{written} {self._hash.hexdigest()}".encode()).hexdigest()[:40]


def shards(
    rows: Iterable[tuple[str, Row]],
    light: pa.Schema,
    images: Sequence[str],
    size_of: Callable[[str], int],
    limits: Limits,
) -> Iterator[Shard]:
    """Yields the rows in shards, which depend on nothing but the rows.

    Each row comes after the key of its group. `light` is the schema with images as text, `images`
    names the image columns, and `size_of` returns an image's bytes by its hash.
    """
    shard = Shard(light, limits)
    before = ("", 0)
    for key, members in groupby(rows, itemgetter(0)):
        group = [_weighed(row, light.names, images, size_of) for _, row in members]
        weight = sum(row.weight for row in group)
        if shard.rows and (
            shard.weight + weight > limits.most or _ends(shard.weight, *before, limits)
        ):
            yield shard.close()
            shard = Shard(light, limits)
        for row in group:
            # True within a group only if the group is larger than a file.
            if shard.rows and shard.weight + row.weight > limits.most:
                yield shard.close()
                shard = Shard(light, limits)
            shard.add(row)
        before = (key, weight)
    if shard.rows:
        yield shard.close()


def _weighed(
    row: Row, columns: list[str], images: Sequence[str], size_of: Callable[[str], int]
) -> _Weighed:
    assert len(row) == len(columns), (
        f"a row has the columns {sorted(row)}, its schema {sorted(columns)}"
    )
    line = json.dumps([row[name] for name in columns]).encode()
    return _Weighed(row, line, len(line) + sum(size_of(row[name]) for name in images if row[name]))


def _ends(so_far: int, key: str, weight: int, limits: Limits) -> bool:
    """Whether a file of `so_far` bytes ends after a group; heavy groups end files more often."""
    drawn = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
    return so_far >= limits.least and drawn < weight / limits.usual
