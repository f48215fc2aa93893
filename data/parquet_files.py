"""Parquet files and data sets of the Hub as rows; images stay in the file until they are read.

    for file, split in parquet_files(fetch("owner/name"), split=None):
        for number, values in parquet_rows(file, images=None): ...    # images are ParquetImages

Reading images in the order of their rows is fast and holds a page of the file (1,024 images as
pyarrow writes it, or a row group's images); going back reads the row group from its start.
"""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .image_files import find

#: Rows whose images are decoded together.
IMAGES_AT_ONCE = 8
#: Open cursors that a thread keeps.
CURSORS = 4
#: How the Hub names the files of a split: "train-00000-of-00003.parquet".
_SHARD = re.compile(r"^(.+)-\d+-of-\d+$")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(@[\w./-]+)?")
_FILES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")
_SPLITS = ("train", "validation", "val", "dev", "test")


class _Cursor:
    """A position in one image column of one row group; it only moves forward."""

    def __init__(self, path: str, column: str, group: int) -> None:
        # Without a buffer, pyarrow holds the whole column of a row group in memory.
        file = pq.ParquetFile(path, buffer_size=2**18, pre_buffer=False)
        self.batches = file.iter_batches(IMAGES_AT_ONCE, row_groups=[group], columns=[column])
        self.batch: Any = next(self.batches).column(0)
        self.start = 0

    def value(self, row: int) -> Any:  # noqa: ANN401 - bytes, or a dict with bytes and path, or None
        while row >= self.start + len(self.batch):
            self.start += len(self.batch)
            self.batch = next(self.batches).column(0)
        return self.batch[row - self.start].as_py()


class _Cursors(threading.local):
    """The open cursors of one thread."""

    def __init__(self) -> None:
        self.open: dict[tuple[str, str, int], _Cursor] = {}

    def value(self, path: str, column: str, group: int, row: int) -> Any:  # noqa: ANN401
        cursor = self.open.pop((path, column, group), None)
        if cursor is None or cursor.start > row:
            cursor = _Cursor(path, column, group)
        self.open[path, column, group] = cursor
        while len(self.open) > CURSORS:
            del self.open[next(iter(self.open))]
        return cursor.value(row)


_cursors = _Cursors()


@dataclass(frozen=True, slots=True)
class ParquetImage:
    """An image in a Parquet column: bytes, {bytes, path} as on the Hub, or either in a list."""

    path: str
    column: str
    group: int
    #: Row within the row group.
    row: int
    #: Folder of an image that has a path and no bytes.
    folder: str

    @property
    def name(self) -> str:
        """The file, its row group and row, and the column."""
        return f"{Path(self.path).name} row group {self.group} row {self.row} column {self.column}"

    def read(self) -> bytes:
        """Returns the image's bytes."""
        try:
            value = _cursors.value(self.path, self.column, self.group, self.row)
        except (OSError, pa.ArrowException) as error:
            raise ValueError(f"The image in {self.name} cannot be read: {error}.") from None
        if isinstance(value, list):
            if len(value) != 1:
                raise ValueError(
                    f"There are {len(value)} images in {self.name}; a question is about one."
                )
            value = value[0]
        payload = value.get("bytes") if isinstance(value, dict) else value
        if payload is not None:
            return bytes(payload)
        image = find((self.folder,), (value["path"],)) if value and value.get("path") else None
        if image is None:
            raise ValueError(f"There is no image in {self.name}.")
        return image.read()


def is_hub_id(path: str) -> bool:
    """Whether this is "owner/name" or "owner/name@revision", and no file or folder here."""
    matches = _HUB_ID.fullmatch(path) is not None and Path(path).suffix.lower() not in _FILES
    return matches and not Path(path).exists()


def fetch(path: str) -> Path:
    """Returns a local path as it is; for a Hub id, the folder of its downloaded Parquet files."""
    if not is_hub_id(path):
        return Path(path)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    name, _, revision = path.partition("@")
    try:
        folder = snapshot_download(
            name, repo_type="dataset", revision=revision or None, allow_patterns=["*.parquet"]
        )
    except (HfHubHTTPError, OSError) as error:
        why = (
            f"{type(error).__name__}: is the name right, is the Hub reachable, do you have access?"
        )
        raise ValueError(
            f"{path} is no file here, and no data set to be had from the Hub ({why})"
        ) from None
    return Path(folder)


def parquet_files(path: Path, split: str | None) -> list[tuple[Path, str]]:
    """Returns the file, or a folder's files, with the split that their name or folder tells.

    The split is "" if neither tells it; such files belong to every `split`. Raises ValueError if
    there is no file, or none of `split`.
    """
    files = (
        [(path, "")]
        if path.is_file()
        else [(file, _split_of(file)) for file in sorted(path.rglob("*.parquet"))]
    )
    if not files:
        raise ValueError(f"There is no Parquet file in {path}.")
    wanted = [(file, own) for file, own in files if split is None or own in ("", split)]
    if not wanted:
        raise ValueError(
            f"{path} has no split {split!r}: it has {', '.join(sorted({own for _, own in files}))}."
        )
    return wanted


def _split_of(file: Path) -> str:
    match = _SHARD.match(file.stem)
    names = [match[1] if match else file.stem, file.parent.name]
    return match[1] if match else next((name for name in names if name in _SPLITS), "")


def columns_of(path: Path) -> list[str]:
    """Returns the columns of a Parquet file; ValueError if it cannot be read."""
    return list(_schema(path).names)


def _schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise ValueError(f"{path} cannot be read as Parquet: {error}.") from None


def parquet_rows(path: Path, images: str | None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields the rows with their numbers from 1; an image's file name is added as COLUMN.path.

    A column of bytes, of {bytes, path}, or of lists of them holds images; each becomes a
    `ParquetImage`, whose bytes are read later.
    """
    schema, folder = _schema(path), images or str(path.parent)
    image_columns = [field.name for field in schema if _holds_images(field.type)]
    named = [f"{name}.path" for name in image_columns if _has_path(schema.field(name).type)]
    plain = [name for name in schema.names if name not in image_columns]
    number = 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            row = 0
            for batch in file.iter_batches(row_groups=[group], columns=plain + named):
                for values in batch.to_pylist():
                    number += 1
                    for name in image_columns:
                        inner = values.get(name)
                        values[f"{name}.path"] = inner["path"] if inner else None
                        values[name] = ParquetImage(str(path), name, group, row, folder)
                    yield number, values
                    row += 1


def _is_binary(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _holds_images(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _holds_images(kind.value_type)
    if not pa.types.is_struct(kind):
        return _is_binary(kind)
    return kind.get_field_index("bytes") >= 0 and _is_binary(kind.field("bytes").type)


def _has_path(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind) and kind.get_field_index("path") >= 0
