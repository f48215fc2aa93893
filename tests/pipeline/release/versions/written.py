"""Releases written by hand, so that a test says just what is in each.

    old = release(tmp_path / "1.0.0", [anchor("t")])
    new = release(tmp_path / "1.1.0", [anchor("t"), anchor("u", cue="bell")])

Every anchor has two pairs unless others are given. Nothing of the pipeline but the schema's hash is
used.
"""

import hashlib
import io
import json
import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from spuriforge.pipeline.release.files.parquet import IMAGE, schema_hash

Row = dict[str, Any]


@cache
def picture(name: str) -> bytes:
    """A small PNG that depends on the name alone."""
    pixels = random.Random(name).randbytes(8 * 8 * 3)
    stream = io.BytesIO()
    Image.frombytes("RGB", (8, 8), pixels).save(stream, format="PNG")
    return stream.getvalue()


def shown(column: str, payload: bytes) -> Row:
    """An image column and its hash."""
    digest = hashlib.sha256(payload).hexdigest()
    return {column: {"bytes": payload, "path": f"{digest}.png"}, f"{column}_sha256": digest}


def anchor(key: str, **changes: object) -> Row:
    """A type's row."""
    row = {
        "id": key,
        "type": key,
        "question": "What is it?",
        "choices": ["car", "boat", "mug"],
        "answer": "car",
        "answer_index": 0,
        "cue": "beach",
        "cue_linked": "boat",
        "effect": 0.8,
        "effect_low": 0.6,
        "effect_high": 0.9,
        "effect_pairs": 2,
        **shown("image", picture(key)),
    }
    return row | changes


def pair(of: Row, index: int, **changes: object) -> Row:
    """A pair's row: what its anchor says of the type, and two images."""
    cells = {name: value for name, value in of.items() if not name.startswith("image")}
    images = [
        shown(f"image_{arm}", picture(f"{of['id']} {index} {arm}")) for arm in ("with", "without")
    ]
    return (
        cells
        | {"id": f"{of['id']}-{index}", "index": index, "seed": index}
        | images[0]
        | images[1]
        | changes
    )


def candidate(key: str, of: str, stage: str, reason: str, cue: str = "any") -> Row:
    """What became of a cue that was proposed."""
    return {
        "id": key,
        "type": of,
        "published": stage == "publish",
        "stage": stage,
        "reason": reason,
        "question": "What is it?",
        "cue": cue,
        "cue_linked": "boat",
    }


def release(
    folder: Path,
    anchors: Sequence[Row],
    *,
    pairs: Sequence[Row] | None = None,
    texts: str = "same",
    manifest: Mapping[str, object] | None = None,
    **configs: Sequence[Row],
) -> Path:
    """Writes a release folder named by its version, with all rows in "test", and returns it."""
    all_pairs = (
        [pair(row, index) for row in anchors for index in range(2)] if pairs is None else pairs
    )
    files: dict[str, Row] = {}
    rows: dict[str, dict[str, int]] = {}
    for config, content in {"anchors": anchors, "pairs": all_pairs, **configs}.items():
        if content:
            name = f"{config}/test-00000.parquet"
            files[name] = {"config": config, "split": "test", **_written(folder / name, content)}
            rows[config] = {"test": len(content)}
    lineage = {row["id"]: {"candidates": [f"{row['id']}-candidate"]} for row in anchors}
    described = {
        "name": "tiny",
        "version": folder.name,
        "texts": texts,
        "rows": rows,
        "files": files,
        "lineage": lineage,
        **(manifest or {}),
    }
    (folder / "MANIFEST.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def _written(path: Path, rows: Sequence[Row]) -> Row:
    table = pa.Table.from_pylist(list(rows))
    for at, field in enumerate(table.schema):
        if pa.types.is_struct(field.type):
            table = table.set_column(at, field.name, table.column(at).cast(IMAGE))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "rows": len(rows),
        "bytes": path.stat().st_size,
        "sha256": digest,
        "schema": schema_hash(table.schema),
    }
