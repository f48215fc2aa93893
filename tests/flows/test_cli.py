"""The command line: help at once, and every error one sentence with what to do."""

import resource
import subprocess
import sys
from pathlib import Path

from tests.flows.command_line import error_sentence, invoke


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
    assert "data/proving_ground/shortcuts.toml is one" in error_sentence(result)


def test_an_unknown_stage_is_refused_with_those_that_there_are() -> None:
    result = invoke("run", "recipe.toml", "--until", "polish")
    assert result.exit_code == 2
    assert "'verify'" in result.stderr
