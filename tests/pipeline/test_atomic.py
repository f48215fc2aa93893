"""A file is replaced whole or not at all."""

import os
from pathlib import Path

import pytest

from spuriforge.pipeline import atomic


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "settings.txt"
    path.write_text("old and longer")
    atomic.write_text(path, "größer\r\n")
    assert path.read_bytes() == "größer\r\n".encode()
    atomic.write_bytes(path, b"\x00", sync=False)
    assert path.read_bytes() == b"\x00"
    assert [file.name for file in tmp_path.iterdir()] == ["settings.txt"]


def test_a_failed_write_leaves_the_old_file_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(descriptor: int) -> None:
        raise OSError("No space left on device")

    path = tmp_path / "settings.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        atomic.write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
