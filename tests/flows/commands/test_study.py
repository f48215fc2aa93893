"""`spuriforge study`: what its options mean, and the commands and recipe of its page."""

import re
import shlex
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from spuriforge.flows import cli
from spuriforge.flows.commands import finetune
from spuriforge.flows.commands import study as command
from spuriforge.pipeline.recipe import Recipe
from tests.pipeline.finetune.tiny_release import made

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small release of eight types."""
    return made(tmp_path_factory.mktemp("release"), types=8, controls=24)


def test_numbers_of_types_are_numbers_or_all() -> None:
    assert command.type_counts(["0", "2", "all"]) == (0, 2, None)
    assert command.type_counts([]) == ()
    with pytest.raises(
        ValueError, match=r"--train-types takes a number or the word all, not 'many', '-1'"
    ):
        command.type_counts(["2", "many", "-1"])


def test_every_command_of_the_page_exists_with_its_options() -> None:
    app = typer.Typer()
    app.command("finetune")(finetune.finetune)
    app.command("study")(command.study)
    known = {**get_command(cli.app).commands, **get_command(app).commands}  # type: ignore[attr-defined]
    page = (ROOT / "docs" / "how-to" / "fix-your-model.md").read_text(encoding="utf-8")
    shown = re.findall(r"^spuriforge (.+)$", page, re.MULTILINE)
    assert {line.split()[0] for line in shown} == {
        "audit",
        "plan",
        "run",
        "study",
        "finetune",
        "evaluate",
    }
    for line in shown:
        name, *words = shlex.split(line)
        options = {option for parameter in known[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line
    (line,) = [line for line in shown if "--train-types" in line]
    words = shlex.split(line)
    counts = [word for option, word in pairwise(words) if option == "--train-types"]
    assert command.type_counts(counts) == (0, 2, 4, 8, None)
    for link in re.findall(r"\]\(([^)#:]+)\)", page):
        assert (ROOT / "docs" / "how-to" / link).exists(), link


def test_the_recipe_of_the_page_is_valid_and_leaves_a_study_its_controls(tmp_path: Path) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    shutil.copy(ROOT / "flows" / "recipes" / "unlearn.toml", tmp_path / "recipe.toml")
    recipe = Recipe.load(tmp_path)
    assert recipe.publish.controls_per_type >= 100
    assert recipe.generate.placebo
    assert [model.name for model in recipe.models] == [recipe.publish.name]
    page = ROOT / "docs" / "how-to" / "fix-your-model.md"
    assert Path(recipe.publish.folder).name in page.read_text(encoding="utf-8")
