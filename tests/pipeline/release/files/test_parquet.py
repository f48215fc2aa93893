"""Files of light rows: cut by content, images fetched while writing, the same files linked from the
last release.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spuriforge.pipeline.release.files import parquet
from spuriforge.pipeline.release.files.parquet import (
    IMAGE,
    Earlier,
    File,
    Images,
    Limits,
    Part,
    Row,
    earlier,
    sha256,
    write,
)
from spuriforge.pipeline.workspace import Workspace
from tests import worlds

SCHEMA = pa.schema(
    [("id", pa.string()), ("texts", pa.list_(pa.string())), ("first", IMAGE), ("second", IMAGE)]
)
#: About ten groups of two rows a file.
SMALL = Limits(group_rows=4, group_bytes=5_000, least=8_000, usual=8_000, most=24_000)


@dataclass
class Store:
    """Images in memory, of about 500 bytes each; it counts how often file is fetched."""

    fetched: list[str] = field(default_factory=list)

    @property
    def images(self) -> Images:
        """What `write` takes them from."""
        return Images(lambda digest: len(self.of(digest)), self._fetch)

    def of(self, digest: str) -> bytes:
        """An image's bytes."""
        return b"\x89PNG" + digest.encode() * (6 + int(digest[:1], 16) % 3)

    def _fetch(self, digest: str, room: memoryview) -> None:
        self.fetched.append(digest)
        room[:] = self.of(digest)


def _rows(groups: list[int]) -> Iterator[tuple[str, Row]]:
    """Two rows a group; every other has no second image."""
    for number in groups:
        key = hashlib.sha256(f"{number}".encode()).hexdigest()
        for index in range(2):
            first = hashlib.sha256(f"{number} {index}".encode()).hexdigest()
            yield (
                key,
                {
                    "id": f"{number}-{index}",
                    "texts": ["a", "b"],
                    "first": first,
                    "second": key if index else None,
                },
            )


def _written(
    folder: Path, groups: list[int], previous: dict[str, Earlier] | None = None
) -> list[File]:
    return write(
        folder, Part("pairs", "train", _rows(groups)), SCHEMA, Store().images, previous, SMALL
    )


def _previous(folder: Path, files: list[File]) -> dict[str, Earlier]:
    return earlier(
        folder, {"files": {file.path: file.entry() for file in files} | {"README.md": {"bytes": 1}}}
    )


def _linked(folder: Path, files: list[File]) -> int:
    return sum((folder / file.path).stat().st_nlink > 1 for file in files)


def test_rows_come_back_as_they_went_in_with_their_images(tmp_path: Path) -> None:
    store = Store()
    files = write(
        tmp_path, Part("pairs", "train", _rows(list(range(30)))), SCHEMA, store.images, None, SMALL
    )
    assert [file.path for file in files] == [
        f"pairs/train-{number:05d}.parquet" for number in range(len(files))
    ]
    rows = [row for file in files for row in pq.read_table(tmp_path / file.path).to_pylist()]
    for row, (_, light) in zip(rows, _rows(list(range(30))), strict=True):
        for name in ("first", "second"):
            digest = light[name]
            assert row[name] == (digest and {"bytes": store.of(digest), "path": f"{digest}.png"})
        assert (row["id"], row["texts"]) == (light["id"], light["texts"])
    assert len(store.fetched) == 90
    for file in files:
        assert (file.sha256, file.bytes) == (
            sha256(tmp_path / file.path),
            (tmp_path / file.path).stat().st_size,
        )
        assert pq.read_metadata(tmp_path / file.path).num_rows == file.rows


def test_files_and_row_groups_keep_their_limits_and_end_between_groups(tmp_path: Path) -> None:
    files = _written(tmp_path, list(range(200)))
    assert len(files) > 5
    tables = [pq.read_table(tmp_path / file.path).to_pylist() for file in files]
    weights = [
        sum(len(row[n]["bytes"]) for row in rows for n in ("first", "second") if row[n])
        for rows in tables
    ]
    assert SMALL.least * 0.7 < min(weights[:-1])  # texts weigh too
    assert max(weights) <= SMALL.most
    footers = [pq.read_metadata(tmp_path / file.path) for file in files]
    sizes = [
        footer.row_group(number).num_rows
        for footer in footers
        for number in range(footer.num_row_groups)
    ]
    assert max(sizes) <= SMALL.group_rows
    assert all(
        before[-1]["id"].split("-")[0] != after[0]["id"].split("-")[0]
        for before, after in pairwise(tables)
    )


def test_a_group_that_is_larger_than_a_file_is_cut_all_the_same(tmp_path: Path) -> None:
    rows = [("same", row) for _, row in _rows(list(range(60)))]
    files = write(tmp_path, Part("pairs", "train", rows), SCHEMA, Store().images, None, SMALL)
    assert len(files) > 2
    assert sum(file.rows for file in files) == 120


def test_image_bytes_are_plain_and_small_pages_and_everything_else_is_compressed(
    tmp_path: Path,
) -> None:
    (file,) = _written(tmp_path, [1])
    group = pq.read_metadata(tmp_path / file.path).row_group(0)
    columns = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
    assert columns["first.bytes"].compression == "UNCOMPRESSED"
    assert columns["first.bytes"].dictionary_page_offset is None
    assert columns["first.bytes"].statistics is None
    assert columns["id"].compression == "ZSTD"
    assert all(column.has_offset_index for column in columns.values())


def test_the_same_rows_are_linked_and_one_group_more_writes_a_file_or_two(tmp_path: Path) -> None:
    before = list(range(400))
    old = _written(tmp_path / "old", before)
    assert len(old) > 15
    previous = _previous(tmp_path / "old", old)
    again = _written(tmp_path / "again", before, previous)
    assert again == old
    assert _linked(tmp_path / "again", again) == len(old)
    written = []
    for added in range(20):
        at = 20 * added
        folder = tmp_path / f"new-{added}"
        files = _written(folder, [*before[:at], 1_000 + added, *before[at:]], previous)
        assert sum(file.rows for file in files) == 802
        written.append(len(files) - _linked(folder, files))
    assert min(written) >= 1
    assert sum(written) / len(written) <= 2.5, written


def test_a_file_is_linked_only_while_it_is_whole_and_copied_where_links_are_impossible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = list(range(60))
    old = _written(tmp_path / "old", groups)
    sound = {file.path: (tmp_path / "old" / file.path).read_bytes() for file in old}
    previous = _previous(tmp_path / "old", old)
    spoilt = tmp_path / "old" / old[0].path
    spoilt.write_bytes(sound[old[0].path][:-1])
    (tmp_path / "old" / old[1].path).unlink()

    def no_links(there: Path, here: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", no_links)
    assert _written(tmp_path / "new", groups, previous) == old
    assert {name: (tmp_path / "new" / name).read_bytes() for name in sound} == sound


def test_other_columns_or_another_pyarrow_are_other_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file,) = _written(tmp_path / "first", [1])
    monkeypatch.setattr(parquet.pa, "__version__", "1.0")
    (other,) = _written(tmp_path / "second", [1])
    renamed = pa.schema(
        [("key" if name == "id" else name, SCHEMA.field(name).type) for name in SCHEMA.names]
    )
    rows = [
        (key, {"key" if name == "id" else name: row[name] for name in row})
        for key, row in _rows([1])
    ]
    (third,) = write(
        tmp_path / "third", Part("pairs", "train", rows), renamed, Store().images, None, SMALL
    )
    assert len({file.content, other.content, third.content}) == 3


def test_no_rows_no_file_and_a_missing_image_is_said(tmp_path: Path) -> None:
    workspace, _ = worlds.finished(tmp_path)
    images = Images.of(workspace)
    assert write(tmp_path / "none", Part("pairs", "test", []), SCHEMA, images) == []
    assert not (tmp_path / "none").exists()
    rows = [("a", {"id": "a", "texts": [], "first": "0" * 64, "second": None})]
    with pytest.raises(ValueError, match=r"Image 0000.* is not in the workspace"):
        write(tmp_path, Part("pairs", "test", rows), SCHEMA, images)


def test_a_workspace_far_away_gives_its_images_too(tmp_path: Path) -> None:
    workspace = Workspace("memory://spuriforge-images")
    digest = workspace.put_image(worlds.picture("far"))
    rows = [("a", {"id": "a", "texts": [], "first": digest, "second": None})]
    (file,) = write(tmp_path, Part("pairs", "test", rows), SCHEMA, Images.of(workspace))
    (row,) = pq.read_table(tmp_path / file.path).to_pylist()
    assert row["first"] == {"bytes": workspace.image_bytes(digest), "path": f"{digest}.png"}
