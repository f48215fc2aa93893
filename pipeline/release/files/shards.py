"""Where the files of a split are cut: by what is in the rows, so that an added type moves few of
the cuts.

    for shard in shards(part.rows, light, ["image"], size_of, HUB):
        print(shard.rows, shard.content("with pyarrow 26"))

A file ends between two groups of rows (types, say), where the hash of the group before says so,
whatever else there is. Images are weighed and not read: one shard at a time is in memory, and that
without its images.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa

#: A column's value by the column's name; of an image its sha256 alone.
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """How large row groups and files get."""

    group_rows: int
    group_bytes: int
    #: A file ends `usual` bytes after its first `least` ones on average, and at `most` in any case.
    least: int
    usual: int
    most: int


#: What the Hub's viewer shows at once, and what a reader likes to fetch.
HUB = Limits(
    group_rows=1_000, group_bytes=32 << 20, least=128 << 20, usual=128 << 20, most=448 << 20
)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A row, the line that it is hashed by, and about how many bytes it takes in a file."""

    row: Row
    line: bytes
    weight: int


class Shard:
    """The rows of one file, in row groups; the images still by their hashes."""

    def __init__(self, light: pa.Schema, limits: Limits) -> None:
        self._light, self._limits = light, limits
        self.groups: list[pa.RecordBatch] = []
        self.rows = self.weight = 0
        self._hash = hashlib.sha256()
        self._open: list[Row] = []
        self._open_weight = 0

    def add(self, one: _Weighed) -> None:
        """Puts a row at the end."""
        if (
            len(self._open) >= self._limits.group_rows
            or self._open_weight + one.weight > self._limits.group_bytes
        ):
            self.close()
        self._open.append(one.row)
        self._open_weight += one.weight
        self.rows += 1
        self.weight += one.weight
        self._hash.update(one.line)

    def close(self) -> "Shard":
        """Ends the row group; Arrow holds it in a fraction of what the rows take."""
        if self._open:
            self.groups.append(pa.RecordBatch.from_pylist(self._open, schema=self._light))
            self._open, self._open_weight = [], 0
        return self

    def content(self, written: str) -> str:
        """A hash of the rows in their order, and of how they are `written`."""
        return hashlib.sha256(f"{written} {self._hash.hexdigest()}".encode()).hexdigest()[:40]


def shards(
    rows: Iterable[tuple[str, Row]],
    light: pa.Schema,
    images: Sequence[str],
    size_of: Callable[[str], int],
    limits: Limits,
) -> Iterator[Shard]:
    """The rows, each with the key of its group, in shards; the same rows give the same shards.

    `light` is the schema with images as text, `images` names those columns, `size_of` weighs an
    image by its hash.
    """
    shard = Shard(light, limits)
    before = ("", 0)
    for key, members in groupby(rows, itemgetter(0)):
        group = [_weighed(row, light.names, images, size_of) for _, row in members]
        weight = sum(one.weight for one in group)
        if shard.rows and (
            shard.weight + weight > limits.most or _ends(shard.weight, *before, limits)
        ):
            yield shard.close()
            shard = Shard(light, limits)
        for one in group:
            if (
                shard.rows and shard.weight + one.weight > limits.most
            ):  # a group that is larger than a file
                yield shard.close()
                shard = Shard(light, limits)
            shard.add(one)
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
    """Whether a file of `so_far` bytes ends after this group: the likelier, the heavier the group
    is.
    """
    drawn = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
    return so_far >= limits.least and drawn < weight / limits.usual
