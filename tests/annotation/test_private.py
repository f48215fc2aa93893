"""Private files are kept whole, and only for this user."""

from pathlib import Path

import pytest

from spuriforge.annotation.private import read_private, write_private


def test_what_is_written_is_read_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "file.json"
    assert read_private(path) is None
    write_private(path, {"token": "secret"})
    write_private(path, {"token": "other"})
    assert read_private(path) == {"token": "other"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["file.json"]


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text('{"token": ')
    with pytest.raises(RuntimeError, match=r"file.json is damaged: delete it"):
        read_private(path)
