"""Rows to the Parquet files of one config, as the Hub likes them: images as {bytes, path}, features
declared.

    files = write(folder, Part("pairs", "train", rows), SCHEMAS["pairs"], Images.of(workspace))

A row holds an image's sha256; its bytes are fetched while the file is written, a row group at a
time. The same rows give the same bytes under one pyarrow, so a file whose rows the last release has
too is linked from there.
"""

import hashlib
import json
import mmap
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .images import IMAGE, Filling, Images, ahead, image_columns
from .shards import HUB, Limits, Row, Shard, shards

__all__ = [
    "IMAGE",
    "Earlier",
    "File",
    "Images",
    "Limits",
    "Part",
    "Row",
    "earlier",
    "schema_hash",
    "sha256",
    "write",
]


@dataclass(frozen=True, slots=True)
class Part:
    """One split of one config: its light rows, each with the key of the group that it belongs to."""

    config: str
    split: str
    rows: Iterable[tuple[str, Row]]


@dataclass(frozen=True, slots=True)
class File:
    """A data file of a release: path within it, and what the manifest says of it."""

    path: str
    config: str
    split: str
    rows: int
    bytes: int
    sha256: str
    schema: str
    #: A hash of the rows, images by their hashes, and of all else that decides the bytes.
    content: str

    def entry(self) -> dict[str, object]:
        """The file as the manifest lists it, its path being the key."""
        return {name: value for name, value in asdict(self).items() if name != "path"}


def sha256(path: Path) -> str:
    """The sha256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def schema_hash(schema: pa.Schema) -> str:
    """A hash of names, features and nullability, the same on every machine and pyarrow."""
    columns = [[field.name, _feature(field.type), field.nullable] for field in schema]
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()[:16]


def declared(schema: pa.Schema) -> pa.Schema:
    """The schema with the features that `datasets` reads from its `huggingface` metadata."""
    features = {field.name: _feature(field.type) for field in schema}
    return schema.with_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def _feature(kind: pa.DataType) -> dict[str, object]:
    """An Arrow type as a feature of `datasets`."""
    if kind == IMAGE:
        return {"_type": "Image"}
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    return {"dtype": "float64" if pa.types.is_float64(kind) else str(kind), "_type": "Value"}


@dataclass(frozen=True, slots=True)
class Earlier:
    """A file of the last release, which a new one with the same rows can share."""

    path: Path
    file: File


def earlier(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Earlier]:
    """The data files of a release folder by their `content`; none where they were written before
    there was such.
    """
    return {
        entry["content"]: Earlier(folder / path, File(path, **entry))
        for path, entry in manifest["files"].items()
        if "content" in entry
    }


def write(
    folder: Path,
    part: Part,
    schema: pa.Schema,
    images: Images,
    previous: Mapping[str, Earlier] | None = None,
    limits: Limits = HUB,
) -> list[File]:
    """Writes one split of one config, in as many files as its size asks for; no rows, no file.

    `previous` has the files of the last release by their content: those are linked, as long as they
    are whole.
    """
    schema = declared(schema)
    settings = options(schema)
    light = pa.schema(
        [field.with_type(pa.string()) if field.type == IMAGE else field for field in schema]
    )
    decided_by = json.dumps(
        [pa.__version__, schema_hash(schema), settings, asdict(limits)], sort_keys=True
    )
    cut = shards(part.rows, light, image_columns(schema), images.size_of, limits)
    files: list[Callable[[], File]] = []
    with Filling(schema, images) as filling, ThreadPoolExecutor(1) as hashing:
        for plan, tables in groupby(
            ahead(_planned(cut, decided_by, previous or {}, filling)), itemgetter(0)
        ):
            name = f"{part.config}/{part.split}-{len(files):05d}.parquet"
            (folder / part.config).mkdir(parents=True, exist_ok=True)
            if plan.same:
                next(tables)
                _link(plan.same.path, folder / name)
                files.append(partial(replace, plan.same.file, path=name, split=part.split))
                continue
            growing = _Growing(folder / name)
            with pq.ParquetWriter(folder / name, schema, **settings) as writer:
                for _, table in tables:
                    assert table is not None, "only a file that is linked comes without its rows"
                    writer.write_table(table, row_group_size=len(table))
                    hashing.submit(growing.follow)
            digest = hashing.submit(growing.digest)
            files.append(partial(_described, folder, name, part, plan, digest, schema_hash(schema)))
    return [described() for described in files]


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """A file that is to be: to be written, or the same as an earlier one. Each is itself, whatever
    it holds.
    """

    rows: int
    content: str
    same: Earlier | None


def _planned(
    cut: Iterable[Shard], decided_by: str, previous: Mapping[str, Earlier], filling: Filling
) -> Iterator[tuple[_Plan, pa.Table | None]]:
    """The row groups of all files in their order, each with its file's plan; of one that is linked,
    None.
    """
    for shard in cut:
        content = shard.content(decided_by)
        same = previous.get(content)
        if same and same.path.is_file() and sha256(same.path) == same.file.sha256:
            yield _Plan(shard.rows, content, same), None
            continue
        plan = _Plan(shard.rows, content, None)
        for group in shard.groups:
            yield plan, filling.table(group)


class _Growing:
    """The sha256 of a file that is being written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._hash = hashlib.sha256()

    def follow(self) -> None:
        """Hashes what has been written since the last time, where it lies: nothing is copied."""
        size = self._path.stat().st_size
        start = self._at // mmap.ALLOCATIONGRANULARITY * mmap.ALLOCATIONGRANULARITY
        if size == self._at:
            return
        with (
            self._path.open("rb") as stream,
            mmap.mmap(
                stream.fileno(), size - start, access=mmap.ACCESS_READ, offset=start
            ) as mapped,
            memoryview(mapped) as seen,
        ):
            self._hash.update(seen[self._at - start :])
        self._at = size

    def digest(self) -> str:
        """The hash of the whole, once all is written."""
        self.follow()
        return self._hash.hexdigest()


def _described(
    folder: Path, name: str, part: Part, plan: _Plan, digest: Future[str], columns: str
) -> File:
    size = (folder / name).stat().st_size
    return File(
        name, part.config, part.split, plan.rows, size, digest.result(), columns, plan.content
    )


def _link(there: Path, here: Path) -> None:
    """The same file under another name; a copy of it on a disk that cannot link."""
    try:
        os.link(there, here)
    except OSError:
        shutil.copyfile(there, here)


def options(schema: pa.Schema) -> dict[str, Any]:
    """The writer's settings: zstd everywhere but on image bytes, which are compressed already."""
    stream = BytesIO()
    pq.write_table(schema.empty_table(), stream)
    leaves = pq.ParquetFile(stream).schema
    names = [leaves.column(number).path for number in range(len(leaves))]
    plain = {f"{field.name}.bytes" for field in schema if field.type == IMAGE}
    return {
        "compression": {name: "none" if name in plain else "zstd" for name in names},
        "use_dictionary": [name for name in names if name not in plain],
        "write_statistics": [name for name in names if name not in plain],
        "use_content_defined_chunking": True,
        "write_page_index": True,
    }
