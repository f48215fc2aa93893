"""Uploading to a folder: whole or not at all, once, and `latest` only moves forward."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from spuriforge.pipeline.release.checks import ReleaseError
from spuriforge.pipeline.release.destinations import folder, restore, upload, yank
from tests.made_releases import at_once, contents, made


def quiet(_: str) -> None:
    """Prints nothing."""


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """The folder that is published to."""
    return tmp_path / "shared"


def test_a_release_arrives_whole_and_again_is_nothing(tmp_path: Path, shared: Path) -> None:
    release = made(tmp_path, "1.0.0")
    assert upload(release, str(shared), quiet) == str(shared / "1.0.0")
    assert contents(shared / "1.0.0") == contents(release)
    assert (shared / "latest").read_text() == "1.0.0\n"
    before = os.stat(shared / "1.0.0" / "README.md")
    upload(release, str(shared), quiet)
    assert os.stat(shared / "1.0.0" / "README.md") == before
    assert sorted(path.name for path in shared.iterdir()) == [".publishing", "1.0.0", "latest"]


def test_what_an_earlier_version_has_is_not_copied_again(tmp_path: Path, shared: Path) -> None:
    upload(made(tmp_path, "1.0.0", {"train": 4}), str(shared), quiet)
    lines: list[str] = []
    upload(made(tmp_path, "1.1.0", {"train": 4, "test": 2}), str(shared), lines.append)
    train = "pairs/train-00000.parquet"
    assert os.path.samefile(shared / "1.0.0" / train, shared / "1.1.0" / train)
    assert "4 files copied" in lines[-1]
    assert "1 there already" in lines[-1]


def test_a_damaged_earlier_file_is_not_taken_over(tmp_path: Path, shared: Path) -> None:
    upload(made(tmp_path, "1.0.0"), str(shared), quiet)
    train = "pairs/train-00000.parquet"
    size = (shared / "1.0.0" / train).stat().st_size
    (shared / "1.0.0" / train).write_bytes(b"x" * size)
    release = made(tmp_path, "1.0.1", note="again")
    upload(release, str(shared), quiet)
    assert contents(shared / "1.0.1") == contents(release)


def test_latest_never_moves_backwards_and_skips_the_yanked(tmp_path: Path, shared: Path) -> None:
    for version in ("1.1.0", "1.0.0"):
        upload(made(tmp_path, version), str(shared), quiet)
    assert (shared / "latest").read_text() == "1.1.0\n"
    yank(str(shared), "1.1.0", "wrong gold")
    assert (shared / "latest").read_text() == "1.0.0\n"
    assert json.loads((shared / "yanked" / "1.1.0.json").read_text())["reason"] == "wrong gold"
    assert (shared / "1.1.0" / "MANIFEST.json").is_file()
    yank(str(shared), "1.1.0", "another reason")
    assert "wrong gold" in (shared / "yanked" / "1.1.0.json").read_text()
    yank(str(shared), "1.0.0", "that too")
    assert not (shared / "latest").exists()
    restore(str(shared), "1.1.0")
    assert (shared / "latest").read_text() == "1.1.0\n"


def test_what_cannot_be_yanked_is_refused(tmp_path: Path, shared: Path) -> None:
    upload(made(tmp_path, "1.0.0"), str(shared), quiet)
    wrong = (
        ("2.0.0", "why", "no release 2.0.0 in"),
        ("1.0.0", " ", "Say why"),
        ("x", "y", "not a version"),
    )
    for version, reason, says in wrong:
        with pytest.raises(ValueError, match=says):
            yank(str(shared), version, reason)
    assert not (shared / "yanked").exists()


def test_another_release_of_that_version_is_refused(tmp_path: Path, shared: Path) -> None:
    first = made(tmp_path / "a", "1.0.0")
    upload(first, str(shared), quiet)
    with pytest.raises(ReleaseError, match="higher version"):
        upload(made(tmp_path / "b", "1.0.0", note="other"), str(shared), quiet)
    assert contents(shared / "1.0.0") == contents(first)


@pytest.mark.parametrize("after", range(6))
def test_killed_after_any_file_nothing_is_seen_and_the_next_upload_goes_on(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    release, done, copied = made(tmp_path, "1.0.0"), [0], folder._copy

    def dying(*arguments: Any) -> None:
        if done[0] == after:
            raise KeyboardInterrupt
        done[0] += 1
        copied(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(folder, "_copy", dying)
        if after < 5:
            with pytest.raises(KeyboardInterrupt):
                upload(release, str(shared), quiet)
            assert not [path for path in shared.iterdir() if not path.name.startswith(".")]
    lines: list[str] = []
    upload(release, str(shared), lines.append)
    assert f"{after % 5} there already" in lines[0]
    assert contents(shared / "1.0.0") == contents(release)


def test_two_publishers_at_once_one_wins_and_all_bytes_are_the_winners(
    tmp_path: Path, shared: Path
) -> None:
    releases = [made(tmp_path / name, "1.0.0", note=name) for name in "ab"]
    won, lost = at_once(releases, lambda release: upload(release, str(shared), quiet))
    assert len(won) == len(lost) == 1
    assert "higher version" in lost[0]
    assert contents(shared / "1.0.0") == contents(won[0])
