"""Which rows of a config came, went or changed between two releases, and in which columns; no image
is read.

    changes = compare(read(old), read(new), "pairs")
    print(len(changes.added), changes.changed)

A file that both releases have is not opened, and of a row no more is kept than its id and a hash of
each cell: so a million rows can be compared in memory, and a release that grew by one type in the
time of the files that changed.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ..contents import Contents, split_of
from ..files.parquet import IMAGE, Row

#: How many rows are laid side by side at once: more only takes memory.
AT_ONCE = 50_000
#: Stands for an empty cell among numbers: bits that no float has, and an integer that counts
#: nothing.
_MISSING = np.int64(0x7FF8_DEAD_BEEF_0001)
Hashes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowChanges:
    """The difference of one config: how many rows there were and are, and the ids of those that
    differ.
    """

    before: int = 0
    after: int = 0
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    #: Id -> the columns that differ, among those that both releases have; "split" is one of them.
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether both say the same."""
        return not (self.added or self.removed or self.changed)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that differ in some row."""
        return tuple(sorted({column for columns in self.changed.values() for column in columns}))


def compare(before: Contents, after: Contents, config: str) -> RowChanges:
    """Compares a config of two releases by the rows' ids; a config that one of them lacks has no
    rows there.
    """
    old, new = (_differing(one, other, config) for one, other in ((before, after), (after, before)))
    columns = _compared(before, after, config)
    old_at, old_hashes = _marks(old, columns)
    new_at, new_hashes = _marks(new, columns)
    return RowChanges(
        before=_count(before, config),
        after=_count(after, config),
        added=tuple(sorted(new_at.keys() - old_at.keys())),
        removed=tuple(sorted(old_at.keys() - new_at.keys())),
        changed=_changed(old_at, old_hashes, new_at, new_hashes, [*map(_whole, columns), "split"]),
    )


def select(
    contents: Contents, config: str, columns: Sequence[str], ids: Collection[str]
) -> Iterator[Row]:
    """The rows with these ids, of these columns alone and `id`; those of another name or type are
    left out.
    """
    for path in contents.files.get(config, ()) if ids else ():
        file = pq.ParquetFile(path)
        key, known = _key(file.schema_arrow), file.schema_arrow.names
        for batch in file.iter_batches(
            columns=[key, *(name for name in columns if name in known and name != key)]
        ):
            yield from ({**row, "id": row[key]} for row in batch.to_pylist() if row[key] in ids)


def _differing(one: Contents, other: Contents, config: str) -> list[Path]:
    """The files of a config that the other release does not have, by split and sha256."""
    there = {
        (split_of(path), _entry(other, path)["sha256"]) for path in other.files.get(config, ())
    }
    return [
        path
        for path in one.files.get(config, ())
        if (split_of(path), _entry(one, path)["sha256"]) not in there
    ]


def _entry(contents: Contents, path: Path) -> dict[str, Any]:
    name = path.relative_to(contents.folder).as_posix()
    entry = contents.manifest["files"].get(name)
    if entry is None:
        raise ValueError(
            f"{contents.folder} has {name}, which its manifest does not list: verify the release."
        )
    return dict(entry)


def _count(contents: Contents, config: str) -> int:
    return sum(_entry(contents, path)["rows"] for path in contents.files.get(config, ()))


def _compared(before: Contents, after: Contents, config: str) -> list[str]:
    """The columns to compare, the key first: those of both; of an image its hash, else the name
    that is made of it.
    """
    schemas = [
        pq.read_schema(one.files[config][0]) for one in (before, after) if config in one.files
    ]
    if not schemas:
        return []
    known = set.intersection(*(set(schema.names) for schema in schemas))
    key = _key(schemas[0])
    columns = [key]
    for column in schemas[0]:
        if column.name in known and column.name != key:
            if column.type != IMAGE:
                columns.append(column.name)
            elif f"{column.name}_sha256" not in known:
                columns.append(f"{column.name}.path")
    return columns


def _key(schema: pa.Schema) -> str:
    """The column that tells a config's rows apart."""
    return "id" if "id" in schema.names else "image_id"


def _whole(column: str) -> str:
    """The column of which a part is read."""
    return column.removesuffix(".path")


def _marks(paths: Sequence[Path], columns: Sequence[str]) -> tuple[dict[str, int], Hashes]:
    """Each row's place by its id, and a hash of each of its cells and of its split."""
    ids: list[str] = []
    found = []
    for path in paths:
        split = hash(split_of(path))
        for batch in pq.ParquetFile(path).iter_batches(columns=list(columns)):
            ids += batch.column(_whole(columns[0])).to_pylist()
            cells = [_hashed(batch.column(_whole(name))) for name in columns]
            found.append(np.column_stack([*cells, np.full(len(batch), split, np.int64)]))
    empty = np.empty((0, len(columns) + 1), np.int64)
    return {key: at for at, key in enumerate(ids)}, np.concatenate(found) if found else empty


def _hashed(cells: pa.Array) -> Hashes:
    """A number for each cell, equal for equal cells: of a number its bits, of all else Python's
    hash in this process.

    Without Arrow's own `to_numpy`, which would import pandas: that takes seconds.
    """
    if pa.types.is_string(cells.type):
        told = cells.dictionary_encode(null_encoding="encode")  # most texts stand in many rows
        values = np.fromiter(map(hash, told.dictionary.to_pylist()), np.int64)
        return values[np.from_dlpack(told.indices)]
    if cells.type in (pa.int64(), pa.float64()):
        missing = np.from_dlpack(cells.is_null().cast(pa.uint8())) == 1
        return np.where(missing, _MISSING, np.from_dlpack(cells.fill_null(0)).view(np.int64))
    return np.fromiter((hash(repr(value)) for value in cells.to_pylist()), np.int64, len(cells))


def _changed(
    old_at: dict[str, int], old: Hashes, new_at: dict[str, int], new: Hashes, columns: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """For each row in both, the columns that differ."""
    found = {}
    both = sorted(old_at.keys() & new_at.keys())
    for start in range(0, len(both), AT_ONCE):
        keys = both[start : start + AT_ONCE]
        differs = old[[old_at[key] for key in keys]] != new[[new_at[key] for key in keys]]
        for row in np.flatnonzero(differs.any(axis=1)):
            found[keys[row]] = tuple(sorted(columns[at] for at in np.flatnonzero(differs[row])))
    return found
