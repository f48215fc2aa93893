"""A repaired desk has each task once and each judgment again, and the lead is told."""

import pytest

from spuriforge.annotation.push import adjudicate_cues, judges, push_cues
from spuriforge.pipeline.records import CueType
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.fake_label_studio import FakeLabelStudio
from tests.annotation.pushing import SERVER, answered, balanced, recipe_with
from tests.judged import judged


def test_tasks_that_lie_there_twice_are_taken_out_unless_answered(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:3], {}, recipe_with())
    for task in [*server.lying.values()]:
        server.projects.import_tasks(
            id=task.project, request=[{"data": task.data}], commit_to_project=True
        )
    first, second = server.tasks_on(types[0].key)[::2]
    assert first.project == second.project
    second.total_annotations = 1
    report = push_cues(SERVER, workspace, types[:3], {}, recipe_with())
    assert len(server.lying) == 6
    assert second.id in server.lying
    assert sum("twice" in problem for problem in report.problems) > 0
    assert push_cues(SERVER, workspace, types[:3], {}, recipe_with()).problems == []


def test_a_deleted_task_is_asked_again_only_without_its_judgment(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:4], {}, recipe_with())
    first, second = judges(types[0].key, recipe_with())[:2]
    answered(workspace, types[0].key, first)
    for task in server.tasks_on(types[0].key):
        server.tasks.delete(str(task.id))
    report = push_cues(SERVER, workspace, types[:4], {}, recipe_with())
    assert balanced(report)
    assert (report.imported, report.present, report.judged) == (1, 6, 1)
    assert types[0].key in server.row("cue", second)
    assert types[0].key not in server.row("cue", first)
    assert any(
        f"{first}'s cue project: 0 are asked again, 1 are not" in problem
        for problem in report.problems
    )
    assert any(
        f"{second}'s cue project: 1 are asked again, 0 are not" in problem
        for problem in report.problems
    )
    again = push_cues(SERVER, workspace, types[:4], {}, recipe_with())
    assert (again.imported, again.judged, again.problems) == (0, 1, [])


@pytest.mark.parametrize("verdict", ["spurious", "not_spurious", None])
def test_a_restored_server_gets_the_judgments_back_and_asks_nobody_twice(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType], verdict: str | None
) -> None:
    push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    done = server.row("cue", "ann")[1]
    answered(workspace, done, "ann", verdict)
    report = push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    (task,) = (task for task in server.tasks_on(done) if task.results)
    assert (task.total_annotations, task.cancelled_annotations) == (
        (0, 1) if verdict is None else (1, 0)
    )
    assert [value["value"] for value in task.results[0]] == (
        [] if verdict is None else [{"choices": [verdict]}]
    )
    assert any(
        "1 tasks of ann's cue project were open again" in problem for problem in report.problems
    )
    assert push_cues(SERVER, workspace, types[:6], {}, recipe_with()).problems == []
    assert len(task.results) == 1


def test_a_broken_tie_is_put_back_on_a_restored_server(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    subject, recipe = types[0].key, recipe_with()
    *asked, third = judges(subject, recipe)
    for name, verdict in zip(asked, ("spurious", "not_spurious"), strict=True):
        answered(workspace, subject, name, verdict)
    adjudicate_cues(SERVER, workspace, types, {}, recipe)
    workspace.append([judged(subject, third, "spurious", source="cue-adjudication/7")])
    report = adjudicate_cues(SERVER, workspace, types, {}, recipe)
    assert any(
        f"{third}'s cue-adjudication project were open again" in problem
        for problem in report.problems
    )
    assert server.tasks_on(subject)[0].total_annotations == 1
