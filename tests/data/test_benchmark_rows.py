"""An image in a file is opened only when its bytes are needed."""

import pickle
from pathlib import Path

import pytest

from spuriforge.data.benchmark_rows import ImageFile


def test_an_image_s_bytes_are_its_file_s(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    image = pickle.loads(pickle.dumps(ImageFile(str(path))))
    path.write_bytes(b"not even an image")
    assert image.name == str(path)
    assert image.read() == b"not even an image"


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.png", tmp_path):
        with pytest.raises(ValueError, match=r"^The image .* cannot be read: .*\.$") as raised:
            ImageFile(str(path)).read()
        assert str(path) in str(raised.value)
