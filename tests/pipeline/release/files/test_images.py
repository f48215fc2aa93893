"""Row groups filled with images, in buffers used in turn."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from spuriforge.pipeline.release.files.images import (
    IMAGE,
    ImageFiller,
    Images,
    ahead,
    image_columns,
)
from spuriforge.pipeline.workspace import Workspace
from tests import worlds

SCHEMA = pa.schema([("id", pa.string()), ("image", IMAGE), ("placebo", IMAGE)])
LIGHT = pa.schema([("id", pa.string()), ("image", pa.string()), ("placebo", pa.string())])


def _group(*digests: str) -> pa.RecordBatch:
    rows = [{"id": digest, "image": digest, "placebo": None} for digest in digests]
    return pa.RecordBatch.from_pylist(rows, schema=LIGHT)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def test_a_group_gets_its_images_and_stays_valid_while_the_next_is_filled(
    workspace: Workspace,
) -> None:
    digests = [workspace.put_image(worlds.picture(number)) for number in range(40)]
    with ImageFiller(SCHEMA, Images.of(workspace)) as filler:
        first = filler.table(_group(*digests[:30]))
        second = filler.table(_group(*digests[30:]))
        for table, names in ((first, digests[:30]), (second, digests[30:])):
            cells = table.column("image").to_pylist()
            assert [cell["path"] for cell in cells] == [f"{digest}.png" for digest in names]
            payloads = [cell["bytes"] for cell in cells]
            assert payloads == [workspace.image_bytes(digest) for digest in names]
            assert table.column("placebo").null_count == len(names)
    assert image_columns(SCHEMA) == ["image", "placebo"]


def test_a_missing_image_and_an_image_that_changed_are_errors(workspace: Workspace) -> None:
    images = Images.of(workspace)
    with pytest.raises(ValueError, match=r"Image 0000.* is not in the workspace"):
        images.size_of("0" * 64)
    digest = workspace.put_image(worlds.picture("small"))
    with pytest.raises(ValueError, match="has changed while it was read"):
        images.fetch(digest, memoryview(bytearray(images.size_of(digest) + 1)))


def test_items_come_in_order_and_the_next_is_made_while_one_is_used() -> None:
    made: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(3):
            made.append(number)
            yield number

    assert list(ahead(numbers())) == [0, 1, 2]
    assert made == [0, 1, 2]
    assert list(ahead(iter([]))) == []
