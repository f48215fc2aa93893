"""Parquet: images stay in the file until they are read, in any order and by any thread."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spuriforge.data.parquet_files import (
    ParquetImage,
    fetch,
    is_hub_id,
    parquet_files,
    parquet_rows,
)
from tests.data.pictures import picture

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def _write(path: Path, images: list[object], kind: pa.DataType, group: int = 10) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(
        {"image": pa.array(images, kind), "text": [f"row {place}" for place in range(len(images))]}
    )
    pq.write_table(table, path, row_group_size=group, compression="none", use_dictionary=False)
    return path


def _images(path: Path, images: str | None = None) -> list[ParquetImage]:
    return [values["image"] for _, values in parquet_rows(path, images)]


def test_rows_refer_to_their_images(tmp_path: Path) -> None:
    file = _write(
        tmp_path / "a.parquet",
        [{"bytes": picture(n), "path": f"{n}.png"} for n in range(25)],
        IMAGE,
    )
    rows = list(parquet_rows(file, None))
    assert [number for number, _ in rows] == list(range(1, 26))
    assert rows[24][1]["image.path"] == "24.png"
    assert rows[24][1]["text"] == "row 24"
    assert [pickle.loads(pickle.dumps(values["image"])).read() for _, values in rows] == [
        picture(n) for n in range(25)
    ]


def test_any_order_and_many_threads(tmp_path: Path) -> None:
    images = _images(
        _write(tmp_path / "a.parquet", [picture(n) for n in range(40)], pa.binary(), group=20)
    )
    order = [39, 0, 20, 19, 5, 5, 38, 1]
    assert [images[place].read() for place in order] == [picture(place) for place in order]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ParquetImage.read, images)) == [picture(n) for n in range(40)]


def test_a_list_of_one_image_is_an_image_and_no_image_is_said(tmp_path: Path) -> None:
    image = {"bytes": picture(), "path": None}
    lists = _images(_write(tmp_path / "a.parquet", [[image], [image, image], []], pa.list_(IMAGE)))
    assert lists[0].read() == picture()
    with pytest.raises(ValueError, match=r"There are 2 images in a.parquet row group 0 row 1"):
        lists[1].read()
    absent = _images(_write(tmp_path / "b.parquet", [None, {"bytes": None, "path": None}], IMAGE))
    for reference in absent:
        with pytest.raises(ValueError, match=r"There is no image in b.parquet"):
            reference.read()


def test_a_path_without_bytes_is_a_file_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "x.png").write_bytes(picture())
    values: list[object] = [{"bytes": None, "path": "x.png"}, {"bytes": None, "path": "/etc/hosts"}]
    inside, outside = _images(
        _write(tmp_path / "a.parquet", values, IMAGE), str(tmp_path / "photos")
    )
    assert inside.read() == picture()
    with pytest.raises(ValueError, match="lies outside"):
        outside.read()


def test_little_is_held_of_a_large_row_group(tmp_path: Path) -> None:
    file = _write(
        tmp_path / "big.parquet",
        [bytes([n % 256]) * 8_000 for n in range(6_000)],
        pa.binary(),
        group=6_000,
    )
    before, most = pa.total_allocated_bytes(), 0
    for image in _images(file):
        assert len(image.read()) == 8_000
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < 24_000_000  # of 48 MB in one row group: two pages of 1,024 images


def test_a_folder_has_splits_as_the_hub_names_them(tmp_path: Path) -> None:
    for name in (
        "data/train-00000-of-00002",
        "data/train-00001-of-00002",
        "data/test-00000-of-00001",
    ):
        _write(tmp_path / f"{name}.parquet", [picture()], pa.binary())
    assert [split for _, split in parquet_files(tmp_path, None)] == ["test", "train", "train"]
    assert len(parquet_files(tmp_path, "train")) == 2
    with pytest.raises(ValueError, match="has no split 'dev': it has test, train"):
        parquet_files(tmp_path, "dev")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no Parquet file"):
        parquet_files(tmp_path / "empty", None)


def test_a_hub_id_is_what_is_no_file_here(tmp_path: Path) -> None:
    assert is_hub_id("owner/name")
    assert is_hub_id("owner/name@v1.0")
    assert not any(
        is_hub_id(path)
        for path in (str(tmp_path), "photos/my.csv", "name", "a/b/c", "../a", "./a/b")
    )
    assert fetch(str(tmp_path)) == tmp_path


def test_the_hub_gives_the_parquet_files_of_a_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}

    def download(name: str, **settings: object) -> str:
        asked.update(settings, name=name)
        return str(tmp_path)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    assert fetch("owner/name@abc") == tmp_path
    assert asked == {
        "name": "owner/name",
        "repo_type": "dataset",
        "revision": "abc",
        "allow_patterns": ["*.parquet"],
    }


def test_a_hub_that_cannot_be_reached_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ValueError, match="no file here, and no data set to be had from the Hub"):
        fetch("spuriforge-tests/no-such-data-set")
