"""Drafts become releases all or none, never over one that is there; a build that was killed
half-way is no dead end.
"""

from pathlib import Path

import pytest

from spuriforge.pipeline.release import ReleaseError
from spuriforge.pipeline.release.placement import place


def _release(folder: Path, manifest: str = "{}") -> Path:
    (folder / "pairs").mkdir(parents=True)
    (folder / "pairs" / "test-00000.parquet").write_bytes(b"rows")
    (folder / "MANIFEST.json").write_text(manifest)
    return folder


def test_a_release_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "1.1.0").mkdir()
    draft = _release(tmp_path / ".draft")
    with pytest.raises(ReleaseError, match="never overwritten"):
        place([(draft, tmp_path)], "1.1.0", highest=None)
    assert draft.is_dir()
    assert list((tmp_path / "1.1.0").iterdir()) == []


def test_what_another_build_published_meanwhile_is_seen_under_any_version(tmp_path: Path) -> None:
    _release(tmp_path / "1.1.0")
    with pytest.raises(ReleaseError, match=r"Another build published 1\.1\.0"):
        place([(_release(tmp_path / ".draft"), tmp_path)], "1.0.1", highest="1.0.0")
    assert not (tmp_path / "1.0.1").exists()


def test_latest_never_moves_backwards(tmp_path: Path) -> None:
    _release(tmp_path / "2.0.0")
    (tmp_path / "latest").write_text("2.0.0\n")
    place([(_release(tmp_path / ".draft"), tmp_path)], "1.0.1", highest="2.0.0")
    assert (tmp_path / "latest").read_text() == "2.0.0\n"


def test_both_halves_are_there_or_none(tmp_path: Path) -> None:
    home, apart = tmp_path / "demo", tmp_path / "demo-private"
    (home / "1.0.0").mkdir(parents=True)
    drafts = [(_release(apart / ".draft"), apart), (_release(home / ".draft"), home)]
    with pytest.raises(ReleaseError, match="never overwritten"):
        place(drafts, "1.0.0", highest=None)
    assert [path.name for path in apart.iterdir()] == [".draft"]


def test_after_a_kill_between_the_halves_the_same_build_goes_on(tmp_path: Path) -> None:
    home, apart = tmp_path / "demo", tmp_path / "demo-private"
    _release(apart / "1.0.0", "the same")
    drafts = [(_release(apart / ".draft", "the same"), apart), (_release(home / ".draft"), home)]
    place(drafts, "1.0.0", highest=None)
    assert (home / "latest").read_text() == (apart / "latest").read_text() == "1.0.0\n"


def test_a_private_half_of_something_else_is_not_overwritten(tmp_path: Path) -> None:
    home, apart = tmp_path / "demo", tmp_path / "demo-private"
    _release(apart / "1.0.0", "something else")
    drafts = [(_release(apart / ".draft", "the same"), apart), (_release(home / ".draft"), home)]
    with pytest.raises(ReleaseError, match="move that folder away"):
        place(drafts, "1.0.0", highest=None)
    assert not (home / "1.0.0").exists()
