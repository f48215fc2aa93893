"""A release folder is read by its files, and a folder that is no release is refused."""

import json
from pathlib import Path

import pytest

from spuriforge.pipeline.release.contents import manifest_of, read, split_of
from tests.made_releases import made


def test_rows_come_in_the_order_of_the_files_with_their_split(tmp_path: Path) -> None:
    contents = read(made(tmp_path, "1.0.0", {"train": 2, "test": 1}))
    rows = [(row["id"], row["split"]) for row in contents.rows("pairs")]
    assert rows == [("test-0", "test"), ("train-0", "train"), ("train-1", "train")]
    assert list(contents.rows("anchors")) == []
    assert contents.manifest["version"] == "1.0.0"


def test_the_columns_hash_is_that_of_the_files(tmp_path: Path) -> None:
    first, second = (read(made(tmp_path, version)) for version in ("1.0.0", "1.0.1"))
    assert first.schemas == second.schemas
    assert first.schemas.keys() == {"pairs"}
    assert first.texts is None, "made by hand, its manifest has no such hash"


def test_a_split_is_in_the_file_s_name() -> None:
    assert split_of(Path("pairs/validation-00012.parquet")) == "validation"


def test_a_folder_without_a_sound_manifest_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not a release"):
        manifest_of(tmp_path)
    (tmp_path / "MANIFEST.json").write_text("{")
    with pytest.raises(ValueError, match="is damaged"):
        read(tmp_path)
    (tmp_path / "MANIFEST.json").write_text(json.dumps({"files": {}}))
    assert read(tmp_path).files == {}
