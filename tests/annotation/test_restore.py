"""Yesterday's backup of a real Label Studio: the workspace keeps today's judgments, and nobody is
asked again.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from spuriforge.annotation import server as embedded
from spuriforge.annotation.client import Server, connect
from spuriforge.annotation.projects import annotated_tasks_of, projects
from spuriforge.annotation.pull import Pulled, collect, waiting
from spuriforge.annotation.push import push_cues
from spuriforge.annotation.scripted import ScriptedAnswer, answer_all
from spuriforge.annotation.versions import content
from spuriforge.pipeline.agreement import latest
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import Judgment
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.things import cue_type

pytestmark = pytest.mark.integration


def some(subjects: set[str], verdict: str) -> Any:
    """A judge who answers these subjects and stops at the first other one."""

    def judge(kind: str, data: dict[str, Any], annotator: str) -> ScriptedAnswer:
        if data["key"] not in subjects:
            raise KeyboardInterrupt
        return ScriptedAnswer(verdict)

    return judge


def answer(server: Server, workspace: Workspace, recipe: Recipe, count: int) -> None:
    """Each annotator answers the first `count` open tasks, skips included, and goes home."""
    client = connect(server)
    for desk, project in projects(client, workspace, recipe.run.name).items():
        tasks = [task for task in annotated_tasks_of(client, project.id) if not task["annotations"]]
        subjects = {task["data"]["key"] for task in tasks[:count]}
        alone = recipe.model_copy(
            update={
                "annotate": recipe.annotate.model_copy(update={"annotators": (desk.annotator,)})
            }
        )
        try:
            answer_all(server, workspace, alone, some(subjects, "spurious"))
        except KeyboardInterrupt:
            continue


def back_up(home: Path, to: Path) -> None:
    """Copies the data of a server that is stopped for it."""
    embedded.down(home)
    shutil.copytree(home / "data", to)
    embedded.up(home)


def restore(home: Path, backup: Path) -> None:
    """Puts the data back as they were; what came since is gone."""
    embedded.down(home)
    shutil.rmtree(home / "data")
    shutil.copytree(backup, home / "data")
    embedded.up(home)


def counting(workspace: Workspace) -> dict[tuple[str, str], tuple[object, ...]]:
    """What each person says of each subject, as it counts."""
    return {
        (judgment.annotator, judgment.subject): content(judgment)
        for judgment in latest(workspace.records(Judgment))
    }


def test_a_server_restored_from_yesterday_loses_and_doubles_no_judgment(
    label_studio: Server, workspace: Workspace, recipe: Recipe, tmp_path: Path
) -> None:
    home = label_studio.home
    assert home is not None
    types = [cue_type(workspace, number) for number in range(12)]
    push_cues(label_studio, workspace, types[:9], {}, recipe)
    answer(label_studio, workspace, recipe, 2)
    yesterday = len(collect(label_studio, workspace, recipe).judgments)
    assert yesterday == 6
    back_up(home, tmp_path / "backup")

    server = embedded.up(home)
    push_cues(server, workspace, types, {}, recipe)
    answer(server, workspace, recipe, 2)
    assert len(collect(server, workspace, recipe).judgments) == 6
    before = counting(workspace)

    restore(home, tmp_path / "backup")
    server = embedded.up(home)
    pulled = collect(server, workspace, recipe)
    assert pulled.judgments == []
    assert any("no longer on the server" in problem for problem in pulled.problems)
    assert counting(workspace) == before
    again = answered_again(server, workspace, recipe, types, before)
    assert len(again.judgments) == 24 - 12
    assert again.problems == []
    assert {key: value for key, value in counting(workspace).items() if key in before} == before
    assert workspace.read(Judgment).num_rows == 24
    assert collect(server, workspace, recipe) == Pulled([], [])


def answered_again(
    server: Server, workspace: Workspace, recipe: Recipe, types: Any, before: Any
) -> Pulled:
    """Pushes again and answers all that is open: none of it is in the workspace."""
    push_cues(server, workspace, types, {}, recipe)
    assert collect(server, workspace, recipe) == Pulled([], [])
    assert sum(value.left for value in waiting(server, workspace, recipe).values()) == 12

    def judge(kind: str, data: dict[str, Any], annotator: str) -> ScriptedAnswer:
        assert (annotator, data["key"]) not in before
        return ScriptedAnswer("not_spurious")

    assert answer_all(server, workspace, recipe, judge) == 12
    return collect(server, workspace, recipe)
