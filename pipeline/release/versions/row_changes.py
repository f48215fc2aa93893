"""Compares the rows of a config in two releases: added, removed and changed, without any image.

    changes = compare(read(old), read(new), "pairs")
    print(len(changes.added), changes.changed)

Files that both releases have are not opened. Of each row only its id and a hash of each cell are
kept, so a million rows fit in memory.
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

#: Rows compared at once; a larger number only takes more memory.
AT_ONCE = 50_000
#: Stands for an empty cell among numbers: no float has these bits, and no count is so large.
_MISSING = np.int64(0x7FF8_DEAD_BEEF_0001)
Hashes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowChanges:
    """The difference of one config: its row counts, and the ids of rows that differ."""

    before: int = 0
    after: int = 0
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    #: Id -> the columns that differ, among those of both releases and "split".
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether no row differs."""
        return not (self.added or self.removed or self.changed)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that differ in some row, sorted."""
        return tuple(sorted({column for columns in self.changed.values() for column in columns}))


def compare(before: Contents, after: Contents, config: str) -> RowChanges:
    """Compares a config's rows by id; a release without the config has no rows."""
    old, new = _own_files(before, after, config), _own_files(after, before, config)
    columns = _compared(before, after, config)
    old_at, old_hashes = _cell_hashes(old, columns)
    new_at, new_hashes = _cell_hashes(new, columns)
    return RowChanges(
        before=_count(before, config),
        after=_count(after, config),
        added=tuple(sorted(new_at.keys() - old_at.keys())),
        removed=tuple(sorted(old_at.keys() - new_at.keys())),
        changed=_changed(old_at, old_hashes, new_at, new_hashes, [*map(_column, columns), "split"]),
    )


def select(
    contents: Contents, config: str, columns: Sequence[str], ids: Collection[str]
) -> Iterator[Row]:
    """Yields `id` and these columns of the rows with these ids; unknown columns are left out."""
    for path in contents.files.get(config, ()) if ids else ():
        file = pq.ParquetFile(path)
        key, known = _key(file.schema_arrow), file.schema_arrow.names
        for batch in file.iter_batches(
            columns=[key, *(name for name in columns if name in known and name != key)]
        ):
            yield from ({**row, "id": row[key]} for row in batch.to_pylist() if row[key] in ids)


def _own_files(contents: Contents, other: Contents, config: str) -> list[Path]:
    """Returns the files of a config that the other release lacks, by split and sha256."""
    shared = {
        (split_of(path), _entry(other, path)["sha256"]) for path in other.files.get(config, ())
    }
    return [
        path
        for path in contents.files.get(config, ())
        if (split_of(path), _entry(contents, path)["sha256"]) not in shared
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
    """Returns the columns of both releases, the key first.

    An image is compared by its hash column, or by its path, which is named after its hash.
    """
    schemas = [
        pq.read_schema(contents.files[config][0])
        for contents in (before, after)
        if config in contents.files
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
    """Returns the column that identifies a config's rows."""
    return "id" if "id" in schema.names else "image_id"


def _column(column: str) -> str:
    """Returns the whole column's name, if only its path is read."""
    return column.removesuffix(".path")


def _cell_hashes(paths: Sequence[Path], columns: Sequence[str]) -> tuple[dict[str, int], Hashes]:
    """Returns id -> row, and the hashes of each row's cells and split: (rows, columns + 1)."""
    ids: list[str] = []
    hashes = []
    for path in paths:
        split = hash(split_of(path))
        for batch in pq.ParquetFile(path).iter_batches(columns=list(columns)):
            ids += batch.column(_column(columns[0])).to_pylist()
            cells = [_hashed(batch.column(_column(name))) for name in columns]
            hashes.append(np.column_stack([*cells, np.full(len(batch), split, np.int64)]))
    empty = np.empty((0, len(columns) + 1), np.int64)
    return {key: at for at, key in enumerate(ids)}, np.concatenate(hashes) if hashes else empty


def _hashed(cells: pa.Array) -> Hashes:
    """Returns an integer for each cell: the bits of a number, Python's hash of anything else.

    Hashes hold in this process only. Arrow's `to_numpy` is not used: it imports pandas, which takes
    seconds.
    """
    if pa.types.is_string(cells.type):
        encoded = cells.dictionary_encode(null_encoding="encode")  # Most texts are in many rows.
        values = np.fromiter(map(hash, encoded.dictionary.to_pylist()), np.int64)
        return values[np.from_dlpack(encoded.indices)]
    if cells.type in (pa.int64(), pa.float64()):
        missing = np.from_dlpack(cells.is_null().cast(pa.uint8())) == 1
        return np.where(missing, _MISSING, np.from_dlpack(cells.fill_null(0)).view(np.int64))
    return np.fromiter((hash(repr(value)) for value in cells.to_pylist()), np.int64, len(cells))


def _changed(
    old_at: dict[str, int], old: Hashes, new_at: dict[str, int], new: Hashes, columns: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Returns id -> the columns that differ, for the rows of both releases."""
    changed = {}
    both = sorted(old_at.keys() & new_at.keys())
    for start in range(0, len(both), AT_ONCE):
        keys = both[start : start + AT_ONCE]
        differs = old[[old_at[key] for key in keys]] != new[[new_at[key] for key in keys]]
        for row in np.flatnonzero(differs.any(axis=1)):
            changed[keys[row]] = tuple(sorted(columns[at] for at in np.flatnonzero(differs[row])))
    return changed
