"""A build is finished until an input changes or its report is gone."""

from pathlib import Path

import pytest

from spuriforge.annotation import roster
from spuriforge.flows.state.completion import mark_finished, pending, report_folder
from spuriforge.pipeline.recipe import Recipe, Source
from spuriforge.pipeline.workspace import Workspace
from tests import worlds
from tests.judged import exclusion


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """A finished recipe that reads a table of questions, judged by people."""
    (tmp_path / "questions.csv").write_text("question\n", encoding="utf-8")
    (tmp_path / "workspace").mkdir()
    recipe = worlds.recipe(tmp_path)
    recipe = recipe.model_copy(
        update={
            "benchmarks": (Source(kind="table", path=str(tmp_path / "questions.csv")),),
            "annotate": recipe.annotate.model_copy(update={"by": "people"}),
        }
    )
    (report_folder(recipe) / "report.html").touch()
    mark_finished(recipe)
    return recipe


def test_a_build_that_never_ended_has_something_to_do(recipe: Recipe, tmp_path: Path) -> None:
    assert pending(recipe) is None
    run = recipe.run.model_copy(update={"workspace": str(tmp_path / "other")})
    assert "starting" in str(pending(recipe.model_copy(update={"run": run})))


@pytest.mark.parametrize("part", ["setting", "model", "benchmark", "roster", "exclusion"])
def test_a_changed_input_is_something_to_do(recipe: Recipe, tmp_path: Path, part: str) -> None:
    workspace = Workspace(recipe.run.workspace)
    if part == "setting":
        publish = recipe.publish.model_copy(update={"pairs_per_type": 5})
        recipe = recipe.model_copy(update={"publish": publish})
    elif part == "model":
        models = (recipe.models[0].model_copy(update={"revision": "v2"}), *recipe.models[1:])
        recipe = recipe.model_copy(update={"models": models})
    elif part == "benchmark":
        (tmp_path / "questions.csv").write_text("question\nWhat?\n", encoding="utf-8")
    elif part == "roster":
        roster.add(workspace, recipe, "Kay")
    else:
        workspace.append([exclusion("Ada")])
    assert "changed" in str(pending(recipe))
    mark_finished(recipe)
    assert pending(recipe) is None


def test_a_lost_report_is_written_again(recipe: Recipe) -> None:
    (report_folder(recipe) / "report.html").unlink()
    assert pending(recipe) == "the report is gone"


def test_the_report_of_a_remote_workspace_lies_here(recipe: Recipe) -> None:
    run = recipe.run.model_copy(update={"workspace": "s3://bucket/run"})
    assert report_folder(recipe.model_copy(update={"run": run})) == Path("reports/tiny")
