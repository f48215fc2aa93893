"""The annotators' projects as a push finds them on the server, compared with what the workspace
remembers of them.

    desk = find(client, workspace, Desk("demo", "cue", "annotator-1"), project)      # or None for the project
    heal(client, server, desk, judgments)                                            # what the server doubled or lost
    fill(client, workspace, desk, subjects, build)                                   # imports tasks, 50 at a time

The workspace keeps a small note of each desk: which projects it had, and which subjects lay in
them. So a mark that somebody took out of a description, a deleted task or a server restored from a
backup is seen and told. A note decides nothing: losing it costs the telling, and no judgment.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spuriforge.pipeline.records import JUDGMENT_TEXTS, Judgment, key_of
from spuriforge.pipeline.workspace import Workspace

from .client import Desk, annotators, connect, create_project, mark, tasks_of
from .screens import INSTRUCTIONS, SCREENS, Answer, check, result_of
from .server import Server

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

_BATCH = 50

#: Subject -> its task's data.
Build = Callable[[str], dict[str, str]]


@dataclass(slots=True)
class Found:
    """One annotator's desk as it is on the server."""

    desk: Desk
    #: The project's number; None before there is one.
    project: int | None = None
    #: Subject -> its task's number, in the project's order, and of these the ones that nobody has
    #: answered.
    tasks: dict[str, int] = field(default_factory=dict)
    unanswered: dict[str, int] = field(default_factory=dict)
    #: Unanswered copies of tasks that lie there already.
    copies: list[int] = field(default_factory=list)
    #: The subject that lies last in the project.
    last: str | None = None
    #: Subjects that lay there at an earlier push, and do no longer.
    missing: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


# --- finding --------------------------------------------------------------------------------------


def find(client: "LabelStudio", workspace: Workspace, desk: Desk, project: Any) -> Found:  # noqa: ANN401 - the SDK's
    """A desk with its tasks; `project` is what its mark was found on, or None."""
    found, note = Found(desk), _note(workspace, desk)
    if project is not None:
        found.project = project.id
        _read(client, found, project.id)
        note.projects.setdefault(str(project.id), _made(project))
    for number, made in [*note.projects.items()]:
        if int(number) != found.project:
            if _elsewhere(client, workspace, found, int(number), made):
                continue
            del note.projects[number]
    found.missing = note.subjects - found.tasks.keys()
    _write_note(workspace, desk, note)
    return found


def _read(client: "LabelStudio", found: Found, project: int) -> None:
    """Adds a project's tasks to what was found; of two tasks on one subject, the one that somebody
    answered counts.
    """
    for task in sorted(tasks_of(client, project), key=lambda task: int(task["id"])):
        subject, number = (task.get("data") or {}).get("key"), int(task["id"])
        if not isinstance(subject, str):
            continue  # somebody's own task: it is none of ours
        answered = bool(task.get("total_annotations") or task.get("cancelled_annotations"))
        if subject in found.tasks and not answered:
            found.copies.append(number)
            continue
        if subject in found.unanswered:
            found.copies.append(found.unanswered.pop(subject))
        found.tasks[subject] = number
        if not answered:
            found.unanswered[subject] = number
        if project == found.project:
            found.last = subject


def _elsewhere(
    client: "LabelStudio", workspace: Workspace, found: Found, number: int, made: str
) -> bool:
    """Looks at a project that the desk had, and that is not the one found now; False where there is
    none any more.
    """
    from label_studio_sdk.core.api_error import ApiError

    whose = f"{found.desk.annotator}'s {found.desk.kind} project {number}"
    try:
        project: Any = client.projects.get(number)
    except ApiError as error:
        if error.status_code != 404:
            raise
        project = None
    if project is None or _made(project) != made:  # a restored server gives its numbers again
        found.problems.append(
            f"{whose} is no longer on the server: what the workspace has of it counts and is not "
            f"asked again; the "
            "rest is asked again in a new one."
        )
        return False
    ours = mark(workspace, found.desk)
    if ours in (project.description or ""):
        _read(client, found, number)
    else:
        found.problems.append(
            f"{whose} has lost its mark: what is answered there is not collected, and what the "
            f"workspace lacks of it "
            f"is asked again in a new one. Put {ours} back into its description, and both are "
            f"collected."
        )
    return True


def _made(project: Any) -> str:  # noqa: ANN401 - the SDK's classes of a project differ by endpoint
    """When a project was made: with its number, what tells it from all others."""
    at = project.created_at
    return at.isoformat() if hasattr(at, "isoformat") else str(at)


# --- remembering ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Note:
    """What the workspace remembers of a desk: number -> when made, and the subjects that lay there."""

    projects: dict[str, str]
    subjects: set[str]


def _path(desk: Desk) -> str:
    return f"label-studio/{desk.kind}-{key_of(desk.annotator)[:12]}.json"


def _note(workspace: Workspace, desk: Desk) -> _Note:
    kept = json.loads(workspace.read_text(_path(desk)) or "{}")
    return _Note(kept.get("projects", {}), set(kept.get("subjects", ())))


def _write_note(workspace: Workspace, desk: Desk, note: _Note) -> None:
    content = {"projects": note.projects, "subjects": sorted(note.subjects)}
    workspace.write_text(_path(desk), json.dumps(content))


# --- sending --------------------------------------------------------------------------------------


def fill(
    client: "LabelStudio", workspace: Workspace, found: Found, subjects: Sequence[str], build: Build
) -> None:
    """Imports tasks at the end of a desk's project, which is made if there is none, and notes what
    lies there now.
    """
    desk, note = found.desk, _note(workspace, found.desk)
    if subjects and found.project is None:
        found.project = create_project(
            client, workspace, desk, SCREENS[desk.kind], INSTRUCTIONS[desk.kind]
        )
        note.projects[str(found.project)] = _made(client.projects.get(found.project))
        _write_note(workspace, desk, note)
    for start in range(0, len(subjects), _BATCH):
        assert found.project is not None
        tasks: Any = [{"data": build(subject)} for subject in subjects[start : start + _BATCH]]
        for task in tasks:
            check(desk.kind, task["data"])
        client.projects.import_tasks(id=found.project, request=tasks, commit_to_project=True)
    note.subjects = {*found.tasks, *subjects}
    _write_note(workspace, desk, note)


# --- mending --------------------------------------------------------------------------------------


def heal(
    client: "LabelStudio", server: Server, found: Found, judgments: Mapping[str, Judgment]
) -> list[str]:
    """Mends what lies on a desk, and gives all that was found amiss, in sentences; `judgments` are
    the annotator's.
    """
    whose, said = f"{found.desk.annotator}'s {found.desk.kind} project", [*found.problems]
    if copies := _remove_copies(client, found):
        said.append(
            f"{copies} tasks lay twice in {whose}: the copies that nobody had answered were taken "
            f"out."
        )
    lost = {subject: judgments[subject] for subject in found.unanswered if subject in judgments}
    if lost:
        refused = _put_back(server, found, lost)
        said.append(
            f"{len(lost)} tasks of {whose} were open again, though the workspace has their "
            f"judgments: "
            + (f"they could not be put back ({refused})." if refused else "they were put back.")
        )
    return said


def gone(found: Found, asked: Collection[str], judged: Collection[str]) -> list[str]:
    """A sentence on the tasks that are no longer on a desk whose project is there; `asked` are
    pushed now.
    """
    again, kept = (len(found.missing.intersection(some)) for some in (asked, judged))
    if found.project is None or not again + kept:
        return []
    return [
        f"{again + kept} tasks are gone from {found.desk.annotator}'s {found.desk.kind} project: "
        f"{again} are asked "
        f"again, {kept} are not, since the workspace has their judgments."
    ]


def _remove_copies(client: "LabelStudio", found: Found) -> int:
    """Takes unanswered copies of tasks out of a desk's project, and gives their number.

    They come of two pushes at once, or of a request that was sent again because its answer got
    lost.
    """
    removed = 0
    for number in found.copies:
        task: Any = client.tasks.get(str(number))
        if (
            not task.total_annotations and not task.cancelled_annotations
        ):  # nobody has answered it meanwhile
            client.tasks.delete(str(number))
            removed += 1
    return removed


def _put_back(server: Server, found: Found, lost: Mapping[str, Judgment]) -> str:
    """Answers open tasks as the annotator did, in their name; gives why the server refuses it, or
    nothing.

    The server had those answers and lost them, by a restored backup or by somebody's hand. So
    nobody is asked twice.
    """
    from label_studio_sdk.core.api_error import ApiError

    client = connect(
        server, annotators(server, (found.desk.annotator,))[found.desk.annotator].token
    )
    for subject, one in lost.items():
        skipped, number = one.verdict is None, found.unanswered[subject]
        result = [] if skipped else _result(found.desk, one)
        try:
            client.annotations.create(
                id=number, result=result, was_cancelled=skipped, lead_time=one.seconds
            )
        except ApiError as error:
            return f"Label Studio says {error.status_code}"
    return ""


def _result(desk: Desk, said: Judgment) -> list[dict[str, Any]]:
    """A judgment as Label Studio's regions."""
    assert said.verdict is not None
    texts = {name: getattr(said, name) for name in JUDGMENT_TEXTS}
    return result_of(desk.judges, Answer(said.verdict, box=said.box or None, **texts))
