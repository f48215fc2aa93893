"""A project is found by its mark, whatever it is called, and another workspace's never is."""

from pathlib import Path

from spuriforge.annotation.projects import Desk, create_project, marked, projects, run_id
from spuriforge.pipeline.workspace import Workspace
from tests.annotation.fake_label_studio import FakeLabelStudio

CUES, TIES = Desk("run", "cue", "Zoë B."), Desk("run", "cue-adjudication", "Zoë B.")


def create(client: FakeLabelStudio, workspace: Workspace, desk: Desk) -> int:
    return create_project(client, workspace, desk, "<View/>", "Read this.")  # type: ignore[arg-type]


def test_a_desk_says_what_is_judged_and_its_title_fits() -> None:
    assert (CUES.judges, TIES.judges) == ("cue", "cue")
    assert len(Desk("a long name of a run " * 3, "pair", "ada").title) == 50


def test_projects_are_found_by_their_marks(workspace: Workspace) -> None:
    client = FakeLabelStudio()
    cues, ties = create(client, workspace, CUES), create(client, workspace, TIES)
    client.by_number[cues].title = "Renamed"
    by_desk = projects(client, workspace, "run")  # type: ignore[arg-type]
    assert {desk: project.id for desk, project in by_desk.items()} == {CUES: cues, TIES: ties}
    client.by_number[ties].description = "My own words"
    assert list(projects(client, workspace, "run")) == [CUES]  # type: ignore[arg-type]


def test_a_desk_may_have_two_marked_projects(workspace: Workspace) -> None:
    client = FakeLabelStudio()
    numbers = {create(client, workspace, CUES), create(client, workspace, CUES)}
    pairs = list(marked(client, workspace, "run"))  # type: ignore[arg-type]
    assert {project.id for _, project in pairs} == numbers
    assert len(projects(client, workspace, "run")) == 1  # type: ignore[arg-type]


def test_another_workspace_finds_nothing(workspace: Workspace, tmp_path: Path) -> None:
    client, other = FakeLabelStudio(), Workspace(str(tmp_path / "other"))
    create(client, workspace, CUES)
    assert projects(client, other, "run") == {}  # type: ignore[arg-type]
    assert run_id(workspace) == run_id(workspace) != run_id(other)
