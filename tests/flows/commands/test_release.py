"""`spuriforge release`: what is printed, the exit codes, and one sentence for every mistake."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner, Result

from spuriforge.flows.commands.errors import Commands
from spuriforge.flows.commands.release import release_app
from spuriforge.pipeline.release import checks, signature
from spuriforge.pipeline.release.versions import release_folder
from tests.pipeline.release.versions.written import anchor, candidate, release

APP = typer.Typer(cls=Commands, rich_markup_mode=None)
APP.add_typer(release_app, name="release")


@APP.callback()
def _options() -> None:
    """The group stands beside others."""


def invoke(*arguments: str | Path) -> Result:
    """Runs `spuriforge release ...` in this process."""
    return CliRunner().invoke(
        APP, ["release", *map(str, arguments)], env={"NO_COLOR": "1", "COLUMNS": "120"}
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two releases: the second has a type more, one less, and texts that would move a cursor."""
    release(tmp_path / "1.0.0", [anchor("t"), anchor("u", cue="bell")])
    gone = candidate("u-candidate", "u", "verify", "not significant")
    evil = anchor("v", cue="du\x1b[2Jck[bold]")
    release(tmp_path / "2.0.0", [anchor("t"), evil], candidates=[gone])
    release_folder.point(tmp_path)
    return tmp_path


def test_the_list_names_versions_counts_and_marks(home: Path) -> None:
    (home / "2.0.0" / "MANIFEST.json.sig").touch()
    release_folder.yank(home, "1.0.0", "a [red]wrong[/red] answer\x1b[0m")
    rows = [line for line in invoke("list", home).stdout.splitlines() if ".0.0" in line]
    assert [row.split("│")[1].strip() for row in rows] == ["1.0.0", "2.0.0"]
    assert [cell.strip() for cell in rows[1].split("│")[2:6:3]] == ["2", "latest, signed"]
    assert "yanked: a [red]wrong[/red] answer [0m" in rows[0]


def test_a_difference_as_text(home: Path) -> None:
    done = invoke("diff", home / "1.0.0", home)
    assert done.exit_code == 0
    assert done.stdout.startswith(
        "1.0.0 -> 2.0.0: a major change\n- 1 type added\n- 1 type removed\n"
    )
    assert (
        "\nTypes removed\n- “bell” → “boat” instead of “car”, What is it? Stopped at verify: not "
        "significant\n" in (done.stdout)
    )
    assert "“du [2Jck[bold]”" in done.stdout
    assert invoke("diff", home, home / "2.0.0").stdout == "2.0.0 -> 2.0.0: nothing changed\n"


def test_a_difference_as_json_and_as_a_page(home: Path) -> None:
    page = home / "changes.html"
    done = invoke("diff", home / "1.0.0", home / "2.0.0", "--json", "--html", page)
    assert (
        json.loads(done.stdout)["types"]["removed"][0]["reason"]
        == "stopped at verify: not significant"
    )
    assert done.stderr == f"{page}\n"
    assert "Removed: 1 type" in page.read_text()


def test_yank_and_undo_say_where_latest_went(home: Path) -> None:
    assert (
        invoke("yank", home, "2.0.0", "--reason", "wrong").stdout
        == "2.0.0 is yanked; the latest is 1.0.0.\n"
    )
    assert (home / "latest").read_text() == "1.0.0\n"
    gone = invoke("yank", home, "1.0.0", "--reason", "wrong")
    assert gone.stdout == "1.0.0 is yanked; no version is left, so there is no latest.\n"
    assert (
        invoke("yank", home, "2.0.0", "--undo").stdout
        == "2.0.0 is not yanked any more; the latest is 2.0.0.\n"
    )


def test_a_release_elsewhere_is_yanked_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from spuriforge.pipeline.release import destinations

    asked: list[Sequence[str]] = []
    monkeypatch.setattr(destinations, "yank", lambda *said: asked.append(said))
    monkeypatch.setattr(destinations, "restore", lambda *said: asked.append(said))
    assert (
        "at s3://bucket/tiny"
        in invoke("yank", "s3://bucket/tiny", "1.0.0", "--reason", "wrong").stdout
    )
    assert invoke("yank", "s3://bucket/tiny", "1.0.0", "--undo").exit_code == 0
    assert asked == [("s3://bucket/tiny", "1.0.0", "wrong"), ("s3://bucket/tiny", "1.0.0")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("list", "nowhere"),
            "There are no releases in nowhere: name a folder that has them, like releases/NAME.",
        ),
        (("diff", "nowhere", "."), "nowhere is neither a release nor a folder of releases"),
        (("diff", "1.0.0", "3.0.0"), "There is no release 3.0.0 in .; there are 1.0.0, 2.0.0."),
        (
            ("yank", ".", "3.0.0", "--reason", "x"),
            "There is no release 3.0.0 in .; there are 1.0.0, 2.0.0.",
        ),
        (("yank", ".", "1.0.0"), "Say why 1.0.0 is yanked"),
        (("yank", ".", "1.0.0", "--undo"), "1.0.0 is not yanked, so there is nothing to undo."),
        (("yank", ".", "1.0.0", "--undo", "--reason", "x"), "--undo takes no --reason"),
        (("verify", "3.0.0"), "There is no release 3.0.0 in .; there are 1.0.0, 2.0.0."),
        (("verify", ".", "--signers", "nobody"), "nobody is not there"),
    ],
)
def test_a_mistake_is_one_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], said: str
) -> None:
    monkeypatch.chdir(home)
    done = invoke(*arguments)
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: {said}")


def test_verify_prints_each_check_and_fails_with_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release_folder.yank(home, "1.0.0", "wrong")
    found = [
        checks.Check("ids_unique", True, "ids are unique"),
        checks.Check("no_leaks", False, "q names\x1b[0m it"),
    ]
    monkeypatch.setattr(checks, "run", lambda _: found)
    verified = SimpleNamespace(passed=True, sentences=lambda: ["4 files as", "x"])
    monkeypatch.setattr(signature, "verify", lambda *_: verified)
    done = invoke("verify", home / "1.0.0")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[1:] == [
        "yanked  wrong",
        "ok      files_and_signature: 4 files as; x",
        "ok      ids_unique: ids are unique",
        "not ok  no_leaks: q names [0m it",
    ]
    assert done.stderr.startswith("1 of 3 checks failed")
    found.pop()
    assert invoke("verify", home).exit_code == 0


def test_verify_sees_a_file_that_was_touched(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "run", lambda _: [])
    (home / "2.0.0" / "pairs" / "test-00000.parquet").unlink()
    (home / "2.0.0" / "notes.txt").touch()
    told = invoke("verify", home)
    assert told.exit_code == 1
    assert "pairs/test-00000.parquet is missing; notes.txt is not in MANIFEST.json" in told.stdout


def test_help_teaches() -> None:
    shown = invoke("diff", "--help").stdout
    assert "major for anything removed" in " ".join(shown.replace("│", " ").split())
    assert "list" in invoke().output
