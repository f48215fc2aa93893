"""Parquet files and data sets of the Hugging Face Hub as rows; images stay in the file until they
are read.

    for file, split in parquet_files(fetch("owner/name"), split=None): ...
    for number, values in parquet_rows(file, images=None): ...       # an image is a ParquetImage among the values

Reading images in the order of their rows is fast and holds a page of the file (1,024 images where
pyarrow wrote it, or as many as a row group has); going back starts a row group anew.
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

#: Rows whose images are decoded together, and how many places in files a thread remembers.
IMAGES_AT_ONCE = 8
PLACES = 4
#: How the Hub names the files of a split: "train-00000-of-00003.parquet".
_SHARD = re.compile(r"^(.+)-\d+-of-\d+$")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(@[\w./-]+)?")
_FILES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")
_SPLITS = ("train", "validation", "val", "dev", "test")


class _Place:
    """A place in one image column of one row group, from which it is read on."""

    def __init__(self, path: str, column: str, group: int) -> None:
        # Buffered: without it, the whole column of a row group would lie in memory.
        file = pq.ParquetFile(path, buffer_size=2**18, pre_buffer=False)
        self.batches = file.iter_batches(IMAGES_AT_ONCE, row_groups=[group], columns=[column])
        self.batch: Any = next(self.batches).column(0)
        self.start = 0

    def value(self, row: int) -> Any:  # noqa: ANN401 - bytes, or a dict with bytes and path, or None
        while row >= self.start + len(self.batch):
            self.start += len(self.batch)
            self.batch = next(self.batches).column(0)
        return self.batch[row - self.start].as_py()


class _Places(threading.local):
    """The places of one thread."""

    def __init__(self) -> None:
        self.open: dict[tuple[str, str, int], _Place] = {}

    def value(self, path: str, column: str, group: int, row: int) -> Any:  # noqa: ANN401
        place = self.open.pop((path, column, group), None)
        if place is None or place.start > row:
            place = _Place(path, column, group)
        self.open[path, column, group] = place
        while len(self.open) > PLACES:
            del self.open[next(iter(self.open))]
        return place.value(row)


_places = _Places()


@dataclass(frozen=True, slots=True)
class ParquetImage:
    """An image in a column of a Parquet file: its bytes, {bytes, path} as data sets of the Hub have
    it, or a list of one such.
    """

    path: str
    column: str
    group: int
    #: Within the row group.
    row: int
    #: The folder from which a path without bytes is taken.
    folder: str

    @property
    def name(self) -> str:
        """The file, its row group and row, and the column."""
        return f"{Path(self.path).name} row group {self.group} row {self.row} column {self.column}"

    def read(self) -> bytes:
        """The image's bytes."""
        try:
            value = _places.value(self.path, self.column, self.group, self.row)
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
    """Is this "owner/name" or "owner/name@revision", and no file or folder here?"""
    written = _HUB_ID.fullmatch(path) is not None and Path(path).suffix.lower() not in _FILES
    return written and not Path(path).exists()


def fetch(path: str) -> Path:
    """A file or folder as it is; of a Hub id the data set's Parquet files, downloaded once."""
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
    """A file, or a folder's files, each with the split that its name or folder gives ("" where
    neither does).

    With `split`, only those of it, or those whose split is not told by the name. ValueError where
    there are none.
    """
    files = (
        [(path, "")]
        if path.is_file()
        else [(one, _split_of(one)) for one in sorted(path.rglob("*.parquet"))]
    )
    if not files:
        raise ValueError(f"There is no Parquet file in {path}.")
    wanted = [(file, found) for file, found in files if split is None or found in ("", split)]
    if not wanted:
        raise ValueError(
            f"{path} has no split {split!r}: it has "
            f"{', '.join(sorted({found for _, found in files}))}."
        )
    return wanted


def _split_of(file: Path) -> str:
    match = _SHARD.match(file.stem)
    names = [match[1] if match else file.stem, file.parent.name]
    return match[1] if match else next((name for name in names if name in _SPLITS), "")


def columns_of(path: Path) -> list[str]:
    """The columns of a Parquet file; ValueError where it is none."""
    return list(_schema(path).names)


def _schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise ValueError(f"{path} cannot be read as Parquet: {error}.") from None


def parquet_rows(path: Path, images: str | None) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows, counted from 1, their image columns as `ParquetImage`, with the name of its file as
    COLUMN.path.

    An image column is one of bytes, of {bytes, path}, or of lists of such. The bytes are not read
    here.
    """
    schema, folder = _schema(path), images or str(path.parent)
    pictured = [field.name for field in schema if _holds_images(field.type)]
    named = [f"{name}.path" for name in pictured if _has_path(schema.field(name).type)]
    plain = [name for name in schema.names if name not in pictured]
    number = 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            row = 0
            for batch in file.iter_batches(row_groups=[group], columns=plain + named):
                for values in batch.to_pylist():
                    number += 1
                    for name in pictured:
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
