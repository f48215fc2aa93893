"""Writes the Parquet files of a config as the Hub expects: images as {bytes, path}, with features.

    files = write(folder, Part("pairs", "train", rows), SCHEMAS["pairs"], Images.of(workspace))

A row holds an image's sha256; the bytes are fetched while the file is written, a row group at a
time. With the same pyarrow the same rows become the same bytes, so a file whose rows the last
release has already is linked from there.
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

from .images import IMAGE, ImageFiller, Images, ahead, image_columns
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
    """One split of one config: its light rows, each after the key of its group (its type, say)."""

    config: str
    split: str
    rows: Iterable[tuple[str, Row]]


@dataclass(frozen=True, slots=True)
class File:
    """A data file of a release: its path there, and its entry in the manifest."""

    path: str
    config: str
    split: str
    rows: int
    bytes: int
    sha256: str
    schema: str
    #: A hash of the rows, with images by their hashes, and of all else that decides the bytes.
    content: str

    def entry(self) -> dict[str, object]:
        """Returns the manifest's entry for the file, listed under its path."""
        return {name: value for name, value in asdict(self).items() if name != "path"}


def sha256(path: Path) -> str:
    """Returns the sha256 of a file, which is read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def schema_hash(schema: pa.Schema) -> str:
    """Returns a hash of names, features and nullability, the same for every pyarrow."""
    columns = [[field.name, _feature(field.type), field.nullable] for field in schema]
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()[:16]


def declared(schema: pa.Schema) -> pa.Schema:
    """Returns the schema with `huggingface` metadata, where `datasets` reads the features."""
    features = {field.name: _feature(field.type) for field in schema}
    return schema.with_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def _feature(kind: pa.DataType) -> dict[str, object]:
    """Returns the feature of `datasets` for an Arrow type."""
    if kind == IMAGE:
        return {"_type": "Image"}
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    return {"dtype": "float64" if pa.types.is_float64(kind) else str(kind), "_type": "Value"}


@dataclass(frozen=True, slots=True)
class Earlier:
    """A file of the last release, which a file with the same rows can share."""

    path: Path
    file: File


def earlier(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Earlier]:
    """Returns a release folder's data files by their `content`."""
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
    """Writes one split of one config, in as many files as its size needs; none without rows.

    `previous` has the files of the last release by their content. They are linked if they are
    intact.
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
    with ImageFiller(schema, images) as filler, ThreadPoolExecutor(1) as hashing:
        for plan, tables in groupby(
            ahead(_planned(cut, decided_by, previous or {}, filler)), itemgetter(0)
        ):
            name = f"{part.config}/{part.split}-{len(files):05d}.parquet"
            (folder / part.config).mkdir(parents=True, exist_ok=True)
            if plan.same:
                next(tables)
                _link(plan.same.path, folder / name)
                files.append(partial(replace, plan.same.file, path=name, split=part.split))
                continue
            running = _RunningHash(folder / name)
            with pq.ParquetWriter(folder / name, schema, **settings) as writer:
                for _, table in tables:
                    assert table is not None, "only a linked file comes without its rows"
                    writer.write_table(table, row_group_size=len(table))
                    hashing.submit(running.follow)
            digest = hashing.submit(running.digest)
            files.append(partial(_described, folder, name, part, plan, digest, schema_hash(schema)))
    return [described() for described in files]


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """A file to write, or to link if an earlier file is the same; compared by identity."""

    rows: int
    content: str
    same: Earlier | None


def _planned(
    cut: Iterable[Shard], decided_by: str, previous: Mapping[str, Earlier], filler: ImageFiller
) -> Iterator[tuple[_Plan, pa.Table | None]]:
    """Yields the row groups of all files, each after its file's plan; None for a linked file."""
    for shard in cut:
        content = shard.content(decided_by)
        same = previous.get(content)
        if same and same.path.is_file() and sha256(same.path) == same.file.sha256:
            yield _Plan(shard.rows, content, same), None
            continue
        plan = _Plan(shard.rows, content, None)
        for group in shard.groups:
            yield plan, filler.table(group)


class _RunningHash:
    """The sha256 of a file while it is being written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._hash = hashlib.sha256()

    def follow(self) -> None:
        """Hashes what was written since the last call, through a memory map, without copying."""
        size = self._path.stat().st_size
        start = self._at // mmap.ALLOCATIONGRANULARITY * mmap.ALLOCATIONGRANULARITY
        if size == self._at:
            return
        with (
            self._path.open("rb") as stream,
            mmap.mmap(
                stream.fileno(), size - start, access=mmap.ACCESS_READ, offset=start
            ) as mapped,
            memoryview(mapped) as view,
        ):
            self._hash.update(view[self._at - start :])
        self._at = size

    def digest(self) -> str:
        """Returns the hash of the whole file, once all of it is written."""
        self.follow()
        return self._hash.hexdigest()


def _described(
    folder: Path, name: str, part: Part, plan: _Plan, digest: Future[str], columns: str
) -> File:
    size = (folder / name).stat().st_size
    return File(
        name, part.config, part.split, plan.rows, size, digest.result(), columns, plan.content
    )


def _link(source: Path, target: Path) -> None:
    """Links a file, or copies it if the disk cannot link."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def options(schema: pa.Schema) -> dict[str, Any]:
    """Returns the writer's settings: zstd except for image bytes, which are compressed already."""
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
