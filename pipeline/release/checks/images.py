"""Checks of images: present, decodable, as their hashes say, and different only where intended."""

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
    """Every pair has both of its images, and every anchor and control its image."""
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
    """Every image decodes and has the hash that its row says."""
    count = 0
    faults: list[str] = []
    for where, payload, digest in _all_images(contents):
        count += 1
        faults += _faults(where, payload, digest)
    return result(faults, f"{count} images decode and match their hashes")


def _all_images(contents: Contents) -> Iterator[tuple[str, bytes, str]]:
    """Yields each image's place, bytes and hash; in `spuriverse` the hash is its file name."""
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
    """A pair's images have one size and differ, and only where they should.

    Outside its box the arms of an inpainted pair are equal pixel for pixel. The arms of any other
    pair are as alike as the gate requires.
    """
    gate = contents.manifest["recipe"]["gate"]
    faults: list[str] = []
    for row in contents.rows("pairs"):
        try:
            faults += (
                f"the images of pair {row['id']} {fault}" for fault in _pair_faults(row, gate)
            )
        except _UNREADABLE:
            faults.append(f"the images of pair {row['id']} cannot be compared")
    return result(faults, "the images of every pair differ, and only where they should")


def _pair_faults(row: dict[str, Any], gate: dict[str, Any]) -> Iterator[str]:
    with_cue, *others = (_opened(row[arm]) for arm in ARMS if row[arm] is not None)
    if any(other.size != with_cue.size for other in others):
        yield f"have the sizes {' and '.join(str(image.size) for image in (with_cue, *others))}"
        return
    if ImageChops.difference(with_cue, others[0]).getbbox() is None:
        yield "are the same"
    if row["box"] is None:
        if not gate["min_likeness"] <= row["gate_likeness"] <= gate["max_likeness"]:
            yield f"have a likeness of {row['gate_likeness']:.3f}, which the gate does not keep"
        return
    inside = mask_of(with_cue.size, tuple(row["box"]))
    for other in others:
        changed = ImageChops.difference(with_cue, other)
        changed.paste((0, 0, 0), mask=inside)
        if changed.getbbox() is not None:
            yield "differ outside their box"


def images_apart(contents: Contents) -> Result:
    """No image, and no copy of it, is in two splits."""
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
    """Where an image was first seen, and its perceptual hash."""

    split: str
    where: str
    perceptual: int | None


def _look(image: dict[str, Any]) -> int | None:
    """Returns an image's perceptual hash, or None if it does not decode (another check's job)."""
    try:
        return perceptual_hash(_opened(image))
    except _UNREADABLE:
        return None


def _look_alikes(contents: Contents, seen: dict[str, _Seen]) -> Iterator[str]:
    """Yields copies across splits: near perceptual hashes, confirmed by comparing pixels."""
    pairs = look_alikes({digest: image.perceptual for digest, image in seen.items()})
    near = {pair for pair in pairs if seen[pair[0]].split != seen[pair[1]].split}
    wanted = {digest for pair in near for digest in pair}
    # Pixels of the few candidates only: those of all images would not fit into memory.
    images = _rows_images(contents) if wanted else ()
    thumbnails = {
        digest: thumbnail(_opened(image)) for digest, _, _, image in images if digest in wanted
    }
    for pair in sorted(near):
        if copied(*(thumbnails[digest] for digest in pair)):
            first, second = (seen[digest] for digest in pair)
            yield f"{first.where} in {first.split} looks like {second.where} in {second.split}"


def _rows_images(contents: Contents) -> Iterator[tuple[str, dict[str, Any], str, dict[str, Any]]]:
    """Yields each image's hash, its row, its place, and the column's value."""
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
    """Image columns are declared as such, so `datasets` and the Hub show images."""
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
