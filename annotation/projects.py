"""This run's projects on a Label Studio server, one for each annotator and kind of task.

    projects(client, workspace, "demo")       # {Desk("demo", "cue", "annotator-1"): project, ...}
    tasks_of(client, project.id)              # tasks, with counts of their annotations
    annotated_tasks_of(client, project.id)    # tasks, with their annotations

A project is known by a mark in its description, never by its title, so people may rename it. The
mark holds an id that lies in the workspace: a new workspace never takes another's projects, and so
their answers, for its own.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spuriforge.pipeline.workspace import Workspace

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

#: What the kind of an adjudication project ends with.
ADJUDICATION = "-adjudication"
_RUN_ID = "label-studio-run.txt"


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose project of which kind: "cue", "pair", "cue-adjudication" or "pair-adjudication"."""

    run: str
    kind: str
    annotator: str

    @property
    def judges(self) -> str:
        """What is judged there: "cue" or "pair"."""
        return self.kind.removesuffix(ADJUDICATION)

    @property
    def title(self) -> str:
        """The project's title, within Label Studio's 50 characters."""
        return f"{self.run} {self.kind} {self.annotator}"[:50]


def run_id(workspace: Workspace) -> str:
    """Returns what marks this workspace's projects; makes it once."""
    kept = workspace.read_text(_RUN_ID)
    if kept is None:
        workspace.write_text(_RUN_ID, secrets.token_hex(8))
        kept = workspace.read_text(_RUN_ID)
    assert kept
    return kept


def mark(workspace: Workspace, desk: Desk) -> str:
    """Returns the text in a project's description by which a desk's project is known."""
    return f"[spuriforge {run_id(workspace)} {desk.kind} {desk.annotator}]"


def marked(client: "LabelStudio", workspace: Workspace, run: str) -> Iterator[tuple[Desk, Any]]:
    """Yields every project with a mark of this workspace.

    A desk has more than one after its lost mark was put back.
    """
    pattern = re.compile(re.escape(f"[spuriforge {run_id(workspace)} ") + r"([a-z-]+) (.+)\]")
    project: Any
    for project in client.projects.list(page_size=100):
        match = pattern.search(project.description or "")
        if match:
            yield Desk(run, match[1], match[2]), project


def projects(client: "LabelStudio", workspace: Workspace, run: str) -> dict[Desk, Any]:
    """Returns this workspace's projects as the server has them, one for each desk."""
    by_desk: dict[Desk, Any] = {}
    for desk, project in marked(client, workspace, run):
        by_desk.setdefault(desk, project)
    return by_desk


def create_project(
    client: "LabelStudio", workspace: Workspace, desk: Desk, screen: str, instruction: str
) -> int:
    """Makes a desk's project and returns its number.

    It takes one annotation a task, shows tasks in the order of import, and the instruction first.
    """
    project = client.projects.create(
        title=desk.title,
        description=f"Made by Spuriforge; keep this mark: {mark(workspace, desk)}",
        label_config=screen,
        expert_instruction=instruction,
        show_instruction=True,
        show_skip_button=True,
        enable_empty_annotation=False,
        maximum_annotations=1,
        sampling="Sequential sampling",
    )
    assert project.id is not None
    return project.id


def tasks_of(client: "LabelStudio", project: int) -> Iterator[dict[str, Any]]:
    """Yields a project's tasks with their data and counts of their annotations; quick."""
    include = "id,data,total_annotations,cancelled_annotations"
    yield from _tasks(client, project, fields="task_only", include=include)


def annotated_tasks_of(client: "LabelStudio", project: int) -> Iterator[dict[str, Any]]:
    """Yields a project's tasks with their data and annotations, skips included."""
    yield from _tasks(client, project, fields="all")


def _tasks(client: "LabelStudio", project: int, **query: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    task: Any
    for task in client.tasks.list(project=project, page_size=100, **query):
        yield task if isinstance(task, dict) else task.model_dump()
