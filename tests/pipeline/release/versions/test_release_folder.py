"""A folder of releases: which is the latest, and what happens when one is yanked."""

import json
from pathlib import Path

import pytest

from spuriforge.pipeline.release.versions import release_folder
from spuriforge.pipeline.release.versions.version import latest, versions

from .written import anchor, release


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three releases, the middle one the highest."""
    for version, keys in (("1.9.0", "t"), ("1.10.0", "tu"), ("1.2.0", "t")):
        release(tmp_path / version, [anchor(key) for key in keys])
    (tmp_path / "2.0.0").mkdir()
    release(tmp_path / ".draft-3", [anchor("t")])
    release_folder.point(tmp_path)
    return tmp_path


def test_versions_are_those_that_are_whole_in_the_order_of_their_numbers(home: Path) -> None:
    assert versions(home) == ["1.2.0", "1.9.0", "1.10.0"]
    assert latest(home) == "1.10.0"
    assert latest(home / "nowhere") is None


def test_a_list_says_what_each_holds(home: Path) -> None:
    (home / "1.9.0" / "MANIFEST.json.sig").touch()
    last = release_folder.list_releases(home)[-1]
    assert (last.version, last.name, last.types, last.pairs, last.latest) == (
        "1.10.0",
        "tiny",
        2,
        4,
        True,
    )
    assert last.size == sum(path.stat().st_size for path in (home / "1.10.0").glob("*/*.parquet"))
    assert [entry.signed for entry in release_folder.list_releases(home)] == [False, True, False]
    with pytest.raises(ValueError, match="There are no releases in"):
        release_folder.list_releases(home / "1.9.0")


def test_a_yanked_release_stays_and_latest_leaves_it(home: Path) -> None:
    assert release_folder.yank(home, "1.10.0", " two answers\n are wrong ") == "1.9.0"
    assert (home / "latest").read_text() == "1.9.0\n"
    assert (home / "1.10.0" / "MANIFEST.json").is_file()
    mark = json.loads((home / "yanked" / "1.10.0.json").read_text())
    assert (mark["reason"], mark["at"][:2], set(mark)) == (
        "two answers are wrong",
        "20",
        {"reason", "at"},
    )
    assert [entry.yanked for entry in release_folder.list_releases(home)] == [
        None,
        None,
        "two answers are wrong",
    ]
    assert release_folder.restore(home, "1.10.0") == "1.10.0"
    assert (home / "latest").read_text() == "1.10.0\n"


def test_yanking_an_older_one_leaves_latest_where_it_is(home: Path) -> None:
    assert release_folder.yank(home, "1.9.0", "wrong") == "1.10.0"


def test_without_any_release_left_there_is_no_latest(home: Path) -> None:
    for version in versions(home):
        top = release_folder.yank(home, version, "wrong")
    assert top is None
    assert not (home / "latest").exists()
    with pytest.raises(
        ValueError, match=r"All releases in .* are yanked: name one of them, like .*1\.10\.0"
    ):
        release_folder.find(home)
    assert release_folder.find(home / "1.10.0") == home / "1.10.0"


@pytest.mark.parametrize(
    ("version", "reason", "error"),
    [
        (
            "3.0.0",
            "wrong",
            r"There is no release 3\.0\.0 in .*; there are 1\.2\.0, 1\.9\.0, 1\.10\.0\.",
        ),
        ("../1.9.0", "wrong", r"There is no release \.\./1\.9\.0"),
        ("2.0.0", "wrong", r"There is no release 2\.0\.0"),
        ("1.9.0", " ", "Say why"),
        ("1.2.0", "again", r"is yanked already \(wrong\); --undo"),
    ],
)
def test_what_cannot_be_yanked(home: Path, version: str, reason: str, error: str) -> None:
    release_folder.yank(home, "1.2.0", "wrong")
    with pytest.raises(ValueError, match=error):
        release_folder.yank(home, version, reason)


def test_only_a_yanked_release_is_restored(home: Path) -> None:
    with pytest.raises(ValueError, match="is not yanked, so there is nothing to undo"):
        release_folder.restore(home, "1.9.0")


def test_a_damaged_mark_is_named(home: Path) -> None:
    release_folder.yank(home, "1.9.0", "wrong")
    for text in ("{", "[]"):
        (home / "yanked" / "1.9.0.json").write_text(text)
        with pytest.raises(ValueError, match=r"1\.9\.0\.json is damaged"):
            release_folder.list_releases(home)


def test_a_path_is_a_release_or_the_latest_of_a_folder(home: Path) -> None:
    assert release_folder.find(home / "1.2.0") == home / "1.2.0"
    assert release_folder.find(home) == home / "1.10.0"
    with pytest.raises(ValueError, match=r"There is no release 1\.3\.0 in .*; there are 1\.2\.0"):
        release_folder.find(home / "1.3.0")
    with pytest.raises(ValueError, match="neither a release nor a folder of releases"):
        release_folder.find(home / "nowhere")


def test_a_pointer_that_lags_is_moved(home: Path) -> None:
    for text in ("1.2.0\n", ""):
        (home / "latest").write_text(text)
        assert release_folder.point(home) == "1.10.0"
        assert (home / "latest").read_text() == "1.10.0\n"


def test_who_points_while_another_reveals_does_not_move_the_pointer_back(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = release_folder.write_text

    def slow(path: Path, text: str) -> None:
        if not (home / "3.0.0").exists():
            release(home / "3.0.0", [anchor("t")])
            # The other process finishes before this one writes its older version.
            put(home / "latest", "3.0.0\n")
        put(path, text)

    monkeypatch.setattr(release_folder, "write_text", slow)
    (home / "latest").unlink()
    assert release_folder.point(home) == "3.0.0"
    assert (home / "latest").read_text() == "3.0.0\n"
