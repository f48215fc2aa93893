"""Append-only Parquet tables and images named by their hash: what is done is never done again.

    workspace = Workspace("runs/demo")
    for shard in workspace.shards(planned, Prediction, size=256):    # what is not yet in the table
        workspace.append(answer(shard, lvlm, workspace.image))       # one Parquet part, whole

A part is named after its keys, and written whole or not at all. So two runs at once, or a run
killed and started again, leave the same table. Paths go through fsspec: a workspace can lie on S3.
"""

import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem
from PIL import Image

from .arrow import from_table, schema_of, to_table
from .atomic import write_bytes
from .records import Record, key_of

R = TypeVar("R", bound=Record)
K = TypeVar("K")


class Workspace:
    """The tables and images of a run, below one folder or fsspec URL."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.url = os.fspath(root)
        self.fs, self.root = fsspec.core.url_to_fs(self.url)
        #: The parts of all tables where the workspace is frozen, else None.
        self._listing: list[str] | None = None

    # --- bytes ------------------------------------------------------------------------------------

    def _write(self, path: str, payload: bytes, *, sync: bool = True) -> None:
        """Writes a file whole or not at all; `sync` waits until the disk has it."""
        full = f"{self.root}/{path}"
        self.fs.makedirs(full.rsplit("/", 1)[0], exist_ok=True)
        if isinstance(self.fs, LocalFileSystem):
            write_bytes(Path(full), payload, sync=sync)
        else:
            self.fs.pipe_file(full, payload)  # An object store's put is atomic by itself.

    def write_text(self, path: str, text: str) -> None:
        """Writes a small text file beside the tables, whole or not at all."""
        self._write(path, text.encode())

    def read_text(self, path: str) -> str | None:
        """Returns a small text file's content, or None if it does not exist."""
        full = f"{self.root}/{path}"
        return self.fs.cat_file(full).decode() if self.fs.exists(full) else None

    # --- images -----------------------------------------------------------------------------------

    def image_path(self, digest: str) -> str:
        """Returns an image's place in the workspace's file system, kept or not."""
        return f"{self.root}/{_image_path(digest)}"

    def put_image(self, image: Image.Image | bytes) -> str:
        """Keeps an image and returns its sha256; a PIL image is kept as PNG, bytes as they are."""
        if isinstance(image, bytes):
            payload = image
        else:
            stream = io.BytesIO()
            image.save(stream, format="PNG")
            payload = stream.getvalue()
        digest = hashlib.sha256(payload).hexdigest()
        if not self.fs.exists(self.image_path(digest)):
            self._write(_image_path(digest), payload, sync=False)
        return digest

    def image_bytes(self, digest: str) -> bytes:
        """Returns the kept bytes of an image; ValueError if the workspace has no such image."""
        if not digest:
            raise ValueError(
                "A question came without its image: name the folder of the benchmark's images "
                "under `images`."
            )
        try:
            payload: bytes = self.fs.cat_file(self.image_path(digest))
        except FileNotFoundError:
            raise ValueError(f"Image {digest} is not in the workspace {self.url}.") from None
        return payload

    def image(self, digest: str) -> Image.Image:
        """Returns a kept image, decoded to RGB."""
        return Image.open(io.BytesIO(self.image_bytes(digest))).convert("RGB")

    # --- tables -----------------------------------------------------------------------------------

    def append(self, records: Sequence[R]) -> int:
        """Adds records of one kind as one part and returns their number; no records, no part."""
        assert self._listing is None, "a frozen workspace is not written to"
        if not records:
            return 0
        kind = type(records[0])
        assert all(type(row) is kind for row in records), "a part holds one kind of record"
        stream = io.BytesIO()
        pq.write_table(to_table(list(records), kind), stream, compression="zstd")
        name = key_of(sorted(row.key for row in records))
        self._write(f"tables/{kind.table}/{name}.parquet", stream.getvalue())
        return len(records)

    def frozen(self) -> "Workspace":
        """Returns this workspace as it is now: its tables read only the parts that exist by now."""
        frozen = Workspace(self.url)
        frozen._listing = sorted(self.fs.glob(f"{self.root}/tables/*/*.parquet"))
        return frozen

    def parts(self, record: type[Record]) -> list[str]:
        """Returns the finished parts of a table, sorted by name."""
        if self._listing is not None:
            folder = f"{self.root}/tables/{record.table}/"
            return [part for part in self._listing if part.startswith(folder)]
        return sorted(self.fs.glob(f"{self.root}/tables/{record.table}/*.parquet"))

    def read(self, record: type[Record], columns: list[str] | None = None) -> pa.Table:
        """Returns a table ordered by key; of equal keys the row in the first part counts."""
        schema = schema_of(record)
        wanted = schema.names if columns is None else list(dict.fromkeys(["key", *columns]))
        tables = [_read_part(self.fs.open(part), wanted) for part in self.parts(record)]
        if not tables:
            return schema.empty_table().select(wanted)
        table = _conformed(pa.concat_tables(tables, promote_options="default"), schema, wanted)
        first: dict[str, int] = {}
        for row, key in enumerate(table.column("key").to_pylist()):
            first.setdefault(key, row)
        return table.take(pa.array([first[key] for key in sorted(first)], pa.int64()))

    def records(self, record: type[R]) -> list[R]:
        """Returns a table as records, ordered by key."""
        return from_table(self.read(record), record)

    def keys(self, record: type[Record]) -> set[str]:
        """Returns the keys in a table."""
        return set(self.read(record, ["key"]).column("key").to_pylist())

    def shards(
        self, planned: Iterable[tuple[str, K]], record: type[Record], size: int = 256
    ) -> Iterator[list[K]]:
        """Yields the planned work that the table lacks, in shards of at most `size`.

        `planned` has (key, work) pairs. Shards are cut before finished work is left out, so after a
        kill the same work falls into the same batches.
        """
        planned, done = list(planned), self.keys(record)
        for start in range(0, len(planned), size):
            shard = [work for key, work in planned[start : start + size] if key not in done]
            if shard:
                yield shard


def _image_path(digest: str) -> str:
    return f"images/{digest[:2]}/{digest}"


def _read_part(
    stream: Any,  # noqa: ANN401 - any file that fsspec opens
    names: list[str],
) -> pa.Table:
    """Returns those of the columns that a part has."""
    with pq.ParquetFile(stream) as part:
        return part.read(columns=[name for name in names if name in part.schema_arrow.names])


def _conformed(table: pa.Table, schema: pa.Schema, names: list[str]) -> pa.Table:
    """Returns a table as its record is now; columns that earlier versions lacked are empty."""
    rows = table.num_rows
    columns = {
        name: table.column(name)
        if name in table.column_names
        else pa.nulls(rows, schema.field(name).type)
        for name in names
    }
    return pa.table(columns, schema=pa.schema([schema.field(name) for name in names]))
