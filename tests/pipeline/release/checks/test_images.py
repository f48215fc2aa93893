"""Images that are missing, broken, too alike, too different, or in two splits."""

import hashlib
import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from spuriforge.pipeline.release.checks.images import (
    images_apart,
    images_decode,
    images_present,
    images_viewable,
    pairs_differ,
)
from tests import worlds
from tests.pipeline.release.checks.corruption import (
    change_rows,
    data_file,
    fault_of,
    rows_of,
    set_columns,
)


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    return stream.getvalue()


def test_a_pair_without_one_of_its_images_is_named(release: Path) -> None:
    set_columns(release, "pairs", image_without=None, image_without_sha256=None)
    assert "has no image_without" in fault_of(images_present, release)


def test_an_image_that_does_not_decode_or_has_another_hash_is_named(release: Path) -> None:
    set_columns(release, "anchors", image_sha256="0" * 64)
    assert fault_of(images_decode, release).endswith("does not match its hash")
    set_columns(release, "anchors", image={"bytes": b"\x89PNG broken", "path": "a.png"})
    assert "does not decode" in fault_of(images_decode, release)


def test_the_images_of_a_pair_must_differ(release: Path) -> None:
    change_rows(
        data_file(release, "pairs"), lambda row: row.update(image_without=row["image_with"])
    )
    assert "are the same" in fault_of(pairs_differ, release)


def test_the_images_of_a_pair_must_have_one_size(release: Path) -> None:
    image = {"bytes": _png(worlds.picture("big").resize((9, 9))), "path": "x.png"}
    set_columns(release, "pairs", image_with=image)
    assert "have the sizes (9, 9) and (8, 8)" in fault_of(pairs_differ, release)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"box": [0.0, 0.0, 0.2, 0.2]}, "differ outside their box"),
        ({"box": None, "gate_likeness": 0.1}, "have a likeness of 0.100"),
    ],
)
def test_a_pair_must_differ_only_where_it_should(
    release: Path, values: dict[str, object], fault: str
) -> None:
    set_columns(release, "pairs", **values)
    assert fault in fault_of(pairs_differ, release)


def test_a_copy_of_an_image_in_another_split_is_seen(release: Path) -> None:
    """The copy differs by a shade in a corner."""
    image = Image.open(io.BytesIO(rows_of(release, "pairs")[0]["image_with"]["bytes"]))
    copy = image.convert("RGB")
    red, green, blue = copy.getpixel((0, 0))
    copy.putpixel((0, 0), (red ^ 1, green, blue))
    payload = _png(copy)
    digest = hashlib.sha256(payload).hexdigest()
    image_cell = {"bytes": payload, "path": f"{digest}.png"}
    set_columns(release, "anchors", "train", image=image_cell, image_sha256=digest)
    assert "looks like" in fault_of(images_apart, release)


def test_a_file_that_declares_no_features_is_named(release: Path) -> None:
    path = data_file(release, "anchors")
    pq.write_table(pq.read_table(path).replace_schema_metadata({}), path)
    fault = fault_of(images_viewable, release)
    assert fault == "anchors/test-00000.parquet declares no features"
