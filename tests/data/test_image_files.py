"""Images beside a benchmark are found in the usual places, and nowhere outside."""

from pathlib import Path

import pytest

from spuriforge.data.image_files import find, image_folders


def test_folders_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "train2017").mkdir()
    assert image_folders(None, tmp_path, ("train2017", "val2017")) == (str(tmp_path / "train2017"),)
    assert image_folders(str(tmp_path), tmp_path / "x", ("train2017",)) == (
        str(tmp_path),
        str(tmp_path / "train2017"),
    )
    assert image_folders(None, tmp_path / "train2017", ("images",)) == ()


def test_the_first_file_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(b"b")
    image = find((str(tmp_path),), ("a.jpg", "b.jpg"))
    assert image is not None
    assert image.read() == b"b"
    assert find((), ("a.jpg",)) is None


@pytest.mark.parametrize("name", ["../secret.jpg", "/etc/hosts", "a/../../secret.jpg", "."])
def test_a_name_that_leads_out_finds_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (tmp_path / "images").mkdir()
    image = find((str(tmp_path / "images"),), (name,))
    assert image is not None
    with pytest.raises(ValueError, match="lies outside"):
        image.read()


def test_a_missing_image_says_so_when_it_is_read(tmp_path: Path) -> None:
    image = find((str(tmp_path),), ("a.jpg",))
    assert image is not None
    with pytest.raises(ValueError, match=r"a.jpg cannot be read: No such file"):
        image.read()
