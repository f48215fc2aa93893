"""The annotators' projects as a push sees them, compared with what the workspace remembers.

    state = find(client, workspace, Desk("demo", "cue", "ada"), project)     # or None: no project
    fill(client, workspace, state, subjects, make_task)                      # imports, 50 at a time

The workspace keeps a small note of each desk: its projects, and the subjects in them. So a push
notices a mark that somebody removed, a deleted task, or a server restored from a backup, and
reports it. A note decides nothing: losing it costs those reports, and no judgment.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spuriforge.pipeline.records import key_of
from spuriforge.pipeline.workspace import Workspace

from .instructions import INSTRUCTIONS
from .projects import Desk, create_project, mark, tasks_of
from .screens import SCREENS, check
from .tasks import MakeTask

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

_BATCH = 50


@dataclass(slots=True)
class DeskState:
    """An annotator's desk as it is on the server."""

    desk: Desk
    #: The project's number; None before there is one.
    project: int | None = None
    #: Subject -> its task's number, in the project's order; and those that nobody has answered.
    tasks: dict[str, int] = field(default_factory=dict)
    unanswered: dict[str, int] = field(default_factory=dict)
    #: The numbers of unanswered second tasks on a subject.
    copies: list[int] = field(default_factory=list)
    #: The last subject in the project.
    last: str | None = None
    #: Subjects that had a task at an earlier push, and have none now.
    missing: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


# --- finding --------------------------------------------------------------------------------------


def find(client: "LabelStudio", workspace: Workspace, desk: Desk, project: Any) -> DeskState:  # noqa: ANN401 - the SDK's
    """Returns a desk with its tasks; `project` is the one with its mark, or None."""
    state, note = DeskState(desk), _read_note(workspace, desk)
    if project is not None:
        state.project = project.id
        _read_tasks(client, state, project.id)
        note.projects.setdefault(str(project.id), _created(project))
    for number, created in [*note.projects.items()]:
        if int(number) != state.project and not _read_former(
            client, workspace, state, int(number), created
        ):
            del note.projects[number]
    state.missing = note.subjects - state.tasks.keys()
    _write_note(workspace, desk, note)
    return state


def _read_tasks(client: "LabelStudio", state: DeskState, project: int) -> None:
    """Adds a project's tasks; of two tasks on one subject, the answered one counts."""
    for task in sorted(tasks_of(client, project), key=lambda task: int(task["id"])):
        subject, number = (task.get("data") or {}).get("key"), int(task["id"])
        if not isinstance(subject, str):
            continue  # a task that somebody else imported
        answered = bool(task.get("total_annotations") or task.get("cancelled_annotations"))
        if subject in state.tasks and not answered:
            state.copies.append(number)
            continue
        if subject in state.unanswered:
            state.copies.append(state.unanswered.pop(subject))
        state.tasks[subject] = number
        if not answered:
            state.unanswered[subject] = number
        if project == state.project:
            state.last = subject


def _read_former(
    client: "LabelStudio", workspace: Workspace, state: DeskState, number: int, created: str
) -> bool:
    """Looks at another project that the desk had; returns whether it still exists."""
    from label_studio_sdk.core.api_error import ApiError

    whose = f"{state.desk.annotator}'s {state.desk.kind} project {number}"
    try:
        project: Any = client.projects.get(number)
    except ApiError as error:
        if error.status_code != 404:
            raise
        project = None
    # A restored server gives numbers out again, so the time of creation must agree.
    if project is None or _created(project) != created:
        state.problems.append(
            f"{whose} is no longer on the server: what the workspace has of it counts and is not "
            "asked again; the rest is asked again in a new one."
        )
        return False
    own_mark = mark(workspace, state.desk)
    if own_mark in (project.description or ""):
        _read_tasks(client, state, number)
    else:
        state.problems.append(
            f"{whose} has lost its mark: what is answered there is not collected, and what the "
            f"workspace lacks of it is asked again in a new one. Put {own_mark} back into its "
            "description, and both are collected."
        )
    return True


def _created(project: Any) -> str:  # noqa: ANN401 - the SDK's classes of a project differ by endpoint
    """Returns when a project was created; with its number, that tells it from all others."""
    at = project.created_at
    return at.isoformat() if hasattr(at, "isoformat") else str(at)


# --- remembering ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Note:
    """What the workspace remembers of a desk: project -> when created, and its subjects."""

    projects: dict[str, str]
    subjects: set[str]


def _path(desk: Desk) -> str:
    return f"label-studio/{desk.kind}-{key_of(desk.annotator)[:12]}.json"


def _read_note(workspace: Workspace, desk: Desk) -> _Note:
    kept = json.loads(workspace.read_text(_path(desk)) or "{}")
    return _Note(kept.get("projects", {}), set(kept.get("subjects", ())))


def _write_note(workspace: Workspace, desk: Desk, note: _Note) -> None:
    content = {"projects": note.projects, "subjects": sorted(note.subjects)}
    workspace.write_text(_path(desk), json.dumps(content))


# --- filling --------------------------------------------------------------------------------------


def fill(
    client: "LabelStudio",
    workspace: Workspace,
    state: DeskState,
    subjects: Sequence[str],
    make_task: MakeTask,
) -> None:
    """Imports tasks at the end of a desk's project, which is made if there is none."""
    desk, note = state.desk, _read_note(workspace, state.desk)
    if subjects and state.project is None:
        state.project = create_project(
            client, workspace, desk, SCREENS[desk.kind], INSTRUCTIONS[desk.kind]
        )
        note.projects[str(state.project)] = _created(client.projects.get(state.project))
        _write_note(workspace, desk, note)
    for start in range(0, len(subjects), _BATCH):
        assert state.project is not None
        tasks: Any = [{"data": make_task(subject)} for subject in subjects[start : start + _BATCH]]
        for task in tasks:
            check(desk.kind, task["data"])
        client.projects.import_tasks(id=state.project, request=tasks, commit_to_project=True)
    note.subjects = {*state.tasks, *subjects}
    _write_note(workspace, desk, note)
