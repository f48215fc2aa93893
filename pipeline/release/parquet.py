"""Rows to the Parquet files of one config, as the Hub likes them: images as {bytes, path}, features declared.

    files = write(folder, "pairs", "train", PAIRS, rows)          # -> [File("pairs/train-00000.parquet", ...)]

Memory is bounded by one file, FILE_BYTES. The same rows give the same bytes under one pyarrow.
"""

import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

#: How the Hub stores an image: the bytes once, and a name with the right ending.
IMAGE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
#: Limits that the Hub's viewer likes: rows and bytes of a row group, bytes of a file.
GROUP_ROWS, GROUP_BYTES, FILE_BYTES = 1_000, 64 << 20, 448 << 20

Row = dict[str, Any]


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


def image(payload: bytes | None, digest: str | None) -> Row | None:
    """An image column's value: bytes and a file name made of its hash; None stays None."""
    if payload is None:
        return None
    ending = "png" if payload[:4] == b"\x89PNG" else "jpg" if payload[:2] == b"\xff\xd8" else "webp"
    return {"bytes": payload, "path": f"{digest}.{ending}"}


def write(folder: Path, config: str, split: str, schema: pa.Schema, rows: Iterable[Row]) -> list[File]:
    """Writes one split of one config, in as many files as its size asks for; no rows, no file."""
    schema = declared(schema)
    files: list[File] = []
    for number, groups in enumerate(_files(_groups(rows))):
        path = folder / config / f"{split}-{number:05d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(path, schema, **_options(schema)) as writer:
            for group in groups:
                writer.write_table(pa.Table.from_pylist(group, schema=schema), row_group_size=len(group))
        files.append(_described(path, folder, config, split, schema, sum(map(len, groups))))
    return files


def _described(path: Path, folder: Path, config: str, split: str, schema: pa.Schema, rows: int) -> File:
    size, digest = path.stat().st_size, sha256(path)
    return File(path.relative_to(folder).as_posix(), config, split, rows, size, digest, schema_hash(schema))


def _options(schema: pa.Schema) -> dict[str, Any]:
    """The writer's settings: zstd everywhere but on image bytes, which are compressed already."""
    stream = io.BytesIO()
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


def _weight(row: Row) -> int:
    """The bytes of a row's images: all that weighs."""
    return sum(len(value["bytes"]) for value in row.values() if isinstance(value, dict))


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in row groups of bounded rows and bytes."""
    group: list[Row] = []
    weight = 0
    for row in rows:
        group.append(row)
        weight += _weight(row)
        if len(group) >= GROUP_ROWS or weight >= GROUP_BYTES:
            yield group
            group, weight = [], 0
    if group:
        yield group


def _files(groups: Iterable[list[Row]]) -> Iterator[list[list[Row]]]:
    """Row groups gathered into files of bounded bytes."""
    gathered: list[list[Row]] = []
    weight = 0
    for group in groups:
        gathered.append(group)
        weight += sum(_weight(row) for row in group)
        if weight >= FILE_BYTES:
            yield gathered
            gathered, weight = [], 0
    if gathered:
        yield gathered
