"""Every Python, SQL and TOML snippet of the docs runs, and the commands of "Use a release" do.

The commands of other harnesses run in tests/consumers/test_harnesses.py, those of "Your own data"
in tests/end_to_end/test_your_data.py.
"""

import contextlib
import io
import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from spuriforge.flows.cli import app
from spuriforge.pipeline.recipe import Recipe
from tests.docs.generate import sections_of
from tests.docs.pages import DOCS, PAGES, ROOT, blocks
from tests.serving import MODELS

USE_A_RELEASE = DOCS / "how-to" / "use-a-release.md"


def _all(language: str) -> list[Any]:
    return [
        pytest.param(block, id=f"{page.relative_to(ROOT)}-{number}")
        for page in PAGES
        for number, block in enumerate(blocks(page, language))
    ]


COMMANDS = [line for block in blocks(USE_A_RELEASE, "sh") for line in block.splitlines()]
OURS = [line for line in COMMANDS if line.startswith("spuriforge ")]


def test_the_page_has_no_command_that_no_test_runs() -> None:
    others = {line.split()[0] for line in COMMANDS if line not in OURS}
    assert others == {"lmms-eval", "inspect"}


@pytest.mark.integration
@pytest.mark.parametrize("code", _all("python"))
def test_python(code: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", desk / "datasets")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "snippet", "exec"), {"__name__": "__main__"})
    assert "print(" not in code or printed.getvalue().strip()


@pytest.mark.integration
@pytest.mark.parametrize("query", _all("sql"))
def test_sql(query: str, desk: Path) -> None:
    assert duckdb.sql(query).fetchall()


@pytest.mark.parametrize("text", _all("toml"))
def test_toml_names_settings_that_a_recipe_has(text: str) -> None:
    for name, value in tomllib.loads(text).items():
        assert name in Recipe.model_fields, name
        sections = sections_of(Recipe.model_fields[name].annotation)
        for entry in value if isinstance(value, list) else [value]:
            assert _fits(entry, sections), entry


def _fits(entry: dict[str, Any], sections: list[type[BaseModel]]) -> bool:
    """Whether a section has all of these keys with values that it takes."""
    return any(
        set(entry) <= set(section.model_fields)
        and all(_takes(section, name, value) for name, value in entry.items())
        for section in sections
    )


def _takes(section: type[BaseModel], name: str, value: object) -> bool:
    from pydantic import TypeAdapter, ValidationError

    field = section.model_fields[name]
    try:
        TypeAdapter(field.rebuild_annotation()).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.integration
@pytest.mark.parametrize("line", [line for line in OURS if " evaluate " not in line])
def test_command(line: str, desk: Path) -> None:
    done = CliRunner().invoke(app, shlex.split(line)[1:])
    assert done.exit_code == 0, done.output


@pytest.mark.integration
def test_the_command_that_evaluates(desk: Path, prefect_server: None) -> None:
    (line,) = [line for line in OURS if " evaluate " in line]
    (desk / "runs").mkdir()
    (desk / "runs" / "my-model").symlink_to(MODELS / "subject-a")
    from prefect.settings import PREFECT_API_URL

    # A process of its own: in this one Prefect's console would outlive CliRunner's streams.
    done = subprocess.run(
        [sys.executable, "-m", "spuriforge.flows.cli", *shlex.split(line)[1:]],
        env={**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value())},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written = {path.name for path in Path("leaderboard").iterdir()}
    assert {"index.html", "leaderboard.json", "leaderboard.parquet"} <= written
