"""Rows are compared by id and cell, without images and without the files that both have."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from spuriforge.pipeline.release import diff
from spuriforge.pipeline.release.contents import read
from spuriforge.pipeline.release.versions.row_changes import RowChanges, compare, select

from .written import anchor, release, shown


def test_an_image_without_a_hash_beside_it_is_told_by_its_name(tmp_path: Path) -> None:
    wide = [
        {"image_id": "t", "image": shown("image", payload)["image"]}
        for payload in (b"one", b"other")
    ]
    old, new = (
        release(tmp_path / version, [anchor("t")], spuriverse=[row])
        for version, row in zip(("1.0.0", "2.0.0"), wide, strict=True)
    )
    change = diff(old, new)
    assert change.rows == {"spuriverse": RowChanges(1, 1, changed={"t": ("image",)})}
    assert change.bump == "major"


def test_a_row_that_moved_to_another_split_is_a_major_change(tmp_path: Path) -> None:
    old, new = (release(tmp_path / version, [anchor("t")]) for version in ("1.0.0", "2.0.0"))
    manifest = json.loads((new / "MANIFEST.json").read_text())
    for config in ("anchors", "pairs"):
        (new / config / "test-00000.parquet").rename(new / config / "train-00000.parquet")
        manifest["files"][f"{config}/train-00000.parquet"] = manifest["files"].pop(
            f"{config}/test-00000.parquet"
        )
    (new / "MANIFEST.json").write_text(json.dumps(manifest))
    change = diff(old, new)
    assert change.of("anchors").changed == {"t": ("split",)}
    assert change.bump == "major"


def test_neither_images_nor_files_that_both_have_are_read(tmp_path: Path) -> None:
    many = [{"id": f"r{n}", "chosen": n} for n in range(100)]
    old = release(tmp_path / "1.0.0", [anchor("t")], responses=many)
    new = release(tmp_path / "1.1.0", [anchor("t"), anchor("u")], responses=many)
    for folder in (old, new):
        _destroy(folder / "responses" / "test-00000.parquet", "chosen")
        _destroy(folder / "pairs" / "test-00000.parquet", "image_with.bytes")
    assert [added.type for added in diff(old, new).types_added] == ["u"]
    with pytest.raises(OSError, match=r"\w"):
        pq.read_table(old / "responses")


def _destroy(path: Path, column: str) -> None:
    """Overwrites a column's bytes and leaves the footer."""
    group = pq.read_metadata(path).row_group(0)
    (chunk,) = [
        group.column(n)
        for n in range(group.num_columns)
        if group.column(n).path_in_schema == column
    ]
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    with path.open("r+b") as stream:
        stream.seek(start)
        stream.write(b"\xff" * chunk.total_compressed_size)


def test_a_data_file_beside_the_manifest_is_an_error(tmp_path: Path) -> None:
    old, new = (release(tmp_path / version, [anchor("t")]) for version in ("1.0.0", "1.0.1"))
    (new / "anchors" / "test-00001.parquet").write_bytes(
        (new / "anchors" / "test-00000.parquet").read_bytes()
    )
    with pytest.raises(ValueError, match=r"test-00001\.parquet, which its manifest does not list"):
        diff(old, new)


def test_rows_come_go_and_change_by_id(tmp_path: Path) -> None:
    before = [{"id": "a", "n": 1, "x": 0.5, "t": "kept"}, {"id": "b", "n": 2, "x": 1.0, "t": None}]
    after = [{"id": "c", "n": 3, "x": 0.0, "t": "new"}, before[0] | {"n": None, "x": 0.25}]
    old = read(release(tmp_path / "1.0.0", [], notes=before))
    new = read(release(tmp_path / "2.0.0", [], notes=after))
    changes = compare(old, new, "notes")
    assert changes == RowChanges(2, 2, ("c",), ("b",), {"a": ("n", "x")})
    assert changes.columns == ("n", "x")
    assert not changes.empty
    assert compare(old, old, "notes").empty


def test_an_empty_cell_is_not_a_zero(tmp_path: Path) -> None:
    old, new = (
        read(release(tmp_path / version, [], notes=[{"id": "a", "n": n}, {"id": "b", "n": 7}]))
        for version, n in (("1.0.0", None), ("2.0.0", 0))
    )
    assert compare(old, new, "notes").changed == {"a": ("n",)}


def test_a_release_without_the_config_has_no_rows(tmp_path: Path) -> None:
    old = read(release(tmp_path / "1.0.0", [anchor("t")]))
    new = read(release(tmp_path / "2.0.0", [], notes=[{"id": "a"}]))
    assert compare(old, new, "notes") == RowChanges(0, 1, added=("a",))
    assert compare(old, new, "nowhere") == RowChanges()


def test_known_columns_of_the_rows_with_some_ids_are_selected(tmp_path: Path) -> None:
    rows = [{"id": name, "n": number} for number, name in enumerate("abc")]
    contents = read(release(tmp_path / "1.0.0", [], notes=rows))
    assert list(select(contents, "notes", ["n", "unknown"], {"a", "c", "z"})) == [
        {"id": "a", "n": 0},
        {"id": "c", "n": 2},
    ]
    assert list(select(contents, "notes", ["n"], set())) == []
