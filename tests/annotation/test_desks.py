"""A desk is compared with its note: what people did to its project is told."""

from spuriforge.annotation.push import push_cues
from spuriforge.pipeline.records import CueType
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.fake_label_studio import FakeLabelStudio
from tests.annotation.pushing import SERVER, answered, balanced, on_desks, recipe_with


def test_a_renamed_project_is_found(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:4], {}, recipe_with())
    for project in server.by_number.values():
        project.title = "mine"
    report = push_cues(SERVER, workspace, types[:4], {}, recipe_with())
    assert (report.imported, report.problems, len(server.by_number)) == (0, [], 3)


def test_a_lost_mark_is_told_until_it_is_back(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    before = on_desks(server)
    (old,) = (project for project in server.by_number.values() if " ann]" in project.description)
    mark, old.description = old.description, "mine"
    done = before["ann"][0]
    answered(workspace, done, "ann")
    for _ in range(2):
        report = push_cues(SERVER, workspace, types[:6], {}, recipe_with())
        (problem,) = report.problems
        assert f"ann's cue project {old.id} has lost its mark" in problem
        assert mark.split(": ")[1] in problem
        assert len(server.by_number) == 4
        assert server.row("cue", "ann") == [subject for subject in before["ann"] if subject != done]
        assert balanced(report)
    old.description = mark
    report = push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    assert [problem for problem in report.problems if "lost" in problem] == []
    assert len(server.by_number) == 4
    assert sorted(server.row("cue", "ann")) == sorted(
        before["ann"]
    )  # the second copy of each was taken out


def test_a_deleted_project_is_made_anew_and_told_once(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    done, *rest = server.row("cue", "ann")
    answered(workspace, done, "ann")
    (old,) = (project for project in server.by_number.values() if " ann]" in project.description)
    del server.by_number[old.id]
    server.lying = {key: task for key, task in server.lying.items() if task.project != old.id}
    report = push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    (problem,) = report.problems
    assert f"ann's cue project {old.id} is no longer on the server" in problem
    assert server.row("cue", "ann") == rest
    assert push_cues(SERVER, workspace, types[:6], {}, recipe_with()).problems == []


def test_a_number_given_again_after_a_restore_is_another_project(
    server: FakeLabelStudio, workspace: Workspace, types: list[CueType]
) -> None:
    push_cues(SERVER, workspace, types[:6], {}, recipe_with())
    (old,) = (project for project in server.by_number.values() if " ann]" in project.description)
    del server.by_number[old.id]
    server._numbers, now = old.id - 1, server._numbers
    server.projects.create(title="somebody's", description="", label_config="")
    server._numbers = now
    (problem,) = push_cues(SERVER, workspace, types[:6], {}, recipe_with()).problems
    assert "no longer on the server" in problem
