"""The command line: help at once, and every error one sentence with what to do."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spuriforge.flows.cli import app
from spuriforge.flows.terminal.run_summary import show_score

RUNNER = CliRunner()


def invoke(*arguments: str) -> Result:
    """Runs a command in this process, without ANNOTATE and colours."""
    return RUNNER.invoke(app, list(arguments), env={"ANNOTATE": "", "NO_COLOR": "1"})


def told(result: Result) -> str:
    """The error sentence: one line on stderr."""
    (line,) = result.stderr.strip().splitlines()
    return line


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys; from spuriforge.flows.cli import app; from typer.main import get_command; "
        "get_command(app); "
        "print([name for name in ('prefect', 'torch', 'pyarrow', 'pydantic', 'httpx', 'PIL') if "
        "name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def seconds_of_help() -> float:
    """Processor time of one `spuriforge --help`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "spuriforge.flows.cli", "--help"], capture_output=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_help_takes_less_than_half_a_second_of_a_core() -> None:
    # The first of the three may compile what an installation left uncompiled.
    assert min(seconds_of_help() for _ in range(3)) < 0.5


def test_no_command_shows_the_help() -> None:
    assert "Usage: spuriforge" in invoke().output.replace("Usage: root", "Usage: spuriforge")


@pytest.mark.parametrize("command", ["run", "status", "report", "publish", "serve"])
def test_a_recipe_that_is_not_there(command: str) -> None:
    result = invoke(command, "nowhere.toml")
    assert result.exit_code == 2
    assert told(result) == "Error: There is no recipe at nowhere.toml."


def test_a_misspelt_setting_is_named(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[run]\nname = "x"\nworkspce = "."\n')
    result = invoke("status", str(recipe))
    assert result.exit_code == 2
    assert "run.workspce" in told(result)


def test_a_shortcut_file_that_is_not_there(tmp_path: Path) -> None:
    result = invoke(
        "proving-ground",
        "train",
        "--shortcuts",
        str(tmp_path / "none.toml"),
        "--out",
        str(tmp_path),
    )
    assert result.exit_code == 2
    assert "data/proving_ground/shortcuts.toml is one" in told(result)


def test_an_unknown_stage_is_refused_with_those_that_there_are() -> None:
    result = invoke("run", "recipe.toml", "--until", "polish")
    assert result.exit_code == 2
    assert "'verify'" in result.stderr


def test_debug_shows_the_traceback() -> None:
    result = invoke("--debug", "status", "nowhere.toml")
    assert isinstance(result.exception, ValueError)


def test_an_error_that_nobody_foresaw_says_how_to_see_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_path: Path) -> None:
        raise KeyError("cue")

    monkeypatch.setattr("spuriforge.flows.commands.status.load", broken)
    result = invoke("status", "recipe.toml")
    assert result.exit_code == 1
    assert (
        told(result)
        == "Error: KeyError: 'cue'. Run it again as `spuriforge --debug ...` to see where."
    )


def test_ctrl_c_says_that_the_run_goes_on_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("spuriforge.flows.commands.status.load", interrupted)
    result = invoke("status", "recipe.toml")
    assert result.exit_code == 130
    assert told(result) == "Interrupted. The same command continues where this one stopped."


def test_the_score_is_told_with_its_variants(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    row = {"relied_on": 20, "found": 19, "recall": 0.95, "false_discoveries": 1}
    score = {
        "min_effect": 0.2,
        "summary": {**row, "planted": 22, "control_accepted": 0},
        "variants": [
            {"name": "pipeline", "accepted": 20, **row},
            {"name": "threshold rule", "accepted": 31, **row},
        ],
    }
    show_score(score, Console(width=120))
    shown = capsys.readouterr().out
    assert "Found 19 of the 20 planted shortcuts" in shown
    assert "threshold rule" in shown
