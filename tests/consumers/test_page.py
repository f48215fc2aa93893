"""docs/use-a-release.md: every snippet runs as it is written there. Those of other harnesses run in
test_harnesses.
"""

import contextlib
import io
import shlex
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from spuriforge.flows.cli import app
from tests.consumers.conftest import snippets
from tests.serving import MODELS

PYTHON, SQL, SHELL = snippets("python"), snippets("sql"), snippets("sh")
OURS = [line for block in SHELL for line in block.splitlines() if line.startswith("spuriforge ")]


def test_the_page_has_nothing_that_is_not_run() -> None:
    lines = [line for block in SHELL for line in block.splitlines()]
    theirs = [line for line in lines if line not in OURS]
    assert {line.split()[0] for line in theirs} == {"lmms-eval", "inspect"}, (
        "test_harnesses runs these two"
    )
    assert (len(PYTHON), len(SQL), len(OURS)) == (4, 2, 5)


@pytest.mark.parametrize("code", PYTHON, ids=range(len(PYTHON)))
def test_python(code: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", desk / "datasets")
    if "load_dataset(" in code and "import load_dataset" not in code:
        code = f"from datasets import load_dataset\n{code}"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "use-a-release.md", "exec"), {"__name__": "__main__"})
    assert printed.getvalue().strip()


@pytest.mark.parametrize("query", SQL, ids=range(len(SQL)))
def test_sql(query: str, desk: Path) -> None:
    assert duckdb.sql(query).fetchall()


@pytest.mark.parametrize("line", [line for line in OURS if " evaluate " not in line])
def test_command(line: str, desk: Path) -> None:
    done = CliRunner().invoke(app, shlex.split(line)[1:])
    assert done.exit_code == 0, done.output


@pytest.mark.integration
def test_the_command_that_evaluates(desk: Path, prefect_server: None) -> None:
    (line,) = [line for line in OURS if " evaluate " in line]
    (desk / "runs").mkdir()
    (desk / "runs" / "my-model").symlink_to(MODELS / "subject-a")
    done = CliRunner().invoke(app, shlex.split(line)[1:])
    assert done.exit_code == 0, done.output
    written = {path.name for path in Path("leaderboard").iterdir()}
    assert {"index.html", "leaderboard.json", "leaderboard.parquet"} <= written
