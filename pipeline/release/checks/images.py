"""Images: there, whole, the ones that their hashes name, different where a pair must differ, and
alike elsewhere.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq
from PIL import Image, ImageChops

from ...imagegen import mask_of
from ...near_copies import copied, look_alikes, perceptual_hash, thumbnail
from ..contents import Contents
from ..files.parquet import IMAGE
from .result import ARMS, IMAGES, Result, result

_UNREADABLE = (OSError, SyntaxError, TypeError, ValueError)


def images_present(contents: Contents) -> Result:
    """Every pair has both of its images, every anchor and control its own."""
    needed = {"pairs": ARMS[:2], "anchors": ("image",), "controls": ("image",)}
    faults = [
        f"{config} {row['id']} has no {column}"
        for config, columns in needed.items()
        for row in contents.rows(config, images=False)
        for column in columns
        if not row[f"{column}_sha256"]
    ]
    return result(faults, "every pair has both images, every anchor and control its own")


def images_decode(contents: Contents) -> Result:
    """Every image decodes and is the one that its hash names."""
    count = 0
    faults: list[str] = []
    for where, payload, digest in _all_images(contents):
        count += 1
        faults += _faults(where, payload, digest)
    return result(faults, f"{count} images decode and match their hashes")


def _all_images(contents: Contents) -> Iterator[tuple[str, bytes, str]]:
    """Where an image is, its bytes and its hash; of the wide rows the hash is the file's name."""
    for digest, _, where, image in _rows_images(contents):
        yield where, image["bytes"], digest
    for row in contents.rows("spuriverse"):
        for column, value in row.items():
            if isinstance(value, dict):
                yield (
                    f"spuriverse {row['image_id']} {column}",
                    value["bytes"],
                    value["path"].partition(".")[0],
                )


def _faults(where: str, payload: bytes, digest: str) -> Iterator[str]:
    if hashlib.sha256(payload).hexdigest() != digest:
        yield f"{where} does not match its hash"
    try:
        with Image.open(io.BytesIO(payload)) as opened:
            opened.load()
    except _UNREADABLE:
        yield f"{where} does not decode"


def _opened(image: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(image["bytes"])).convert("RGB")


def pairs_differ(contents: Contents) -> Result:
    """A pair's images are of one size and differ, and only where they should.

    Outside its box the arms of an inpainted pair are the same pixel for pixel; those of any other
    are as alike as the gate wants.
    """
    gate = contents.manifest["recipe"]["gate"]
    faults: list[str] = []
    for row in contents.rows("pairs"):
        try:
            faults += (f"the images of pair {row['id']} {said}" for said in _pair_faults(row, gate))
        except _UNREADABLE:
            faults.append(f"the images of pair {row['id']} cannot be compared")
    return result(faults, "the images of every pair differ, and only where they should")


def _pair_faults(row: dict[str, Any], gate: dict[str, Any]) -> Iterator[str]:
    one, *others = (_opened(row[arm]) for arm in ARMS if row[arm] is not None)
    if any(other.size != one.size for other in others):
        yield f"have the sizes {' and '.join(str(image.size) for image in (one, *others))}"
        return
    if ImageChops.difference(one, others[0]).getbbox() is None:
        yield "are the same"
    if row["box"] is None:
        if not gate["min_likeness"] <= row["gate_likeness"] <= gate["max_likeness"]:
            yield f"have a likeness of {row['gate_likeness']:.3f}, which the gate does not keep"
        return
    inside = mask_of(one.size, tuple(row["box"]))
    for other in others:
        changed = ImageChops.difference(one, other)
        changed.paste((0, 0, 0), mask=inside)
        if changed.getbbox() is not None:
            yield "differ outside their box"


def images_apart(contents: Contents) -> Result:
    """No image is in two splits, neither the same nor one that looks the same."""
    seen: dict[str, _Seen] = {}
    faults: list[str] = []
    for digest, row, where, image in _rows_images(contents):
        if digest not in seen:
            seen[digest] = _Seen(row["split"], where, _look(image))
        elif seen[digest].split != row["split"]:
            faults.append(f"{where} in {row['split']} is also in {seen[digest].split}")
    faults += _look_alikes(contents, seen)
    return result(
        faults, f"none of {len(seen)} images is in two splits, nor one that looks like it"
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """Where an image was first seen, and how it looks."""

    split: str
    where: str
    perceptual: int | None


def _look(image: dict[str, Any]) -> int | None:
    """How an image looks; one that does not decode, which another check tells, looks like nothing."""
    try:
        return perceptual_hash(_opened(image))
    except _UNREADABLE:
        return None


def _look_alikes(contents: Contents, seen: dict[str, _Seen]) -> Iterator[str]:
    """Images of different splits whose hashes are near and whose pixels say that they are copies."""
    pairs = look_alikes({digest: one.perceptual for digest, one in seen.items()})
    near = {(one, other) for one, other in pairs if seen[one].split != seen[other].split}
    wanted = {digest for pair in near for digest in pair}
    # Only now, and of few: a look at the pixels of all would not fit into memory.
    looked = _rows_images(contents) if wanted else ()
    thumbs = {
        digest: thumbnail(_opened(image)) for digest, _, _, image in looked if digest in wanted
    }
    for one, other in sorted(near):
        if copied(thumbs[one], thumbs[other]):
            a, b = seen[one], seen[other]
            yield f"{a.where} in {a.split} looks like {b.where} in {b.split}"


def _rows_images(contents: Contents) -> Iterator[tuple[str, dict[str, Any], str, dict[str, Any]]]:
    """Each image that a row has: its hash, the row, where it is, and the column's value."""
    for config, columns in IMAGES.items():
        for row in contents.rows(config):
            for column in columns:
                if row[column] is not None:
                    yield (
                        row[f"{column}_sha256"],
                        row,
                        f"{config} {row['id']} {column}",
                        row[column],
                    )


def images_viewable(contents: Contents) -> Result:
    """Image columns are declared, so that `datasets` and the Hub show them as images."""
    wanted = {**IMAGES, "spuriverse": ("image", "spurious_group_1")}
    faults = []
    for config, paths in contents.files.items():
        for path in paths:
            schema = pq.read_schema(path)
            if b"huggingface" not in (schema.metadata or {}):
                faults.append(f"{config}/{path.name} declares no features")
            faults += [
                f"{config} has no image column {name}"
                for name in wanted.get(config, ())
                if name not in schema.names or schema.field(name).type != IMAGE
            ]
    return result(faults, "every file declares its features")
