"""Brings judgments back from Label Studio, each version of each exactly once.

    result = collect(server, workspace, recipe)     # judgments now appended, and what could not be read, with reasons
    judgments = pull(server, workspace, recipe)     # the new judgments alone
    waiting(server, workspace, recipe)              # {"annotator-1": Waiting(asked=40, done=31, skipped=2), ...}

A judgment's key is made of what was judged, by whom, and the version that the server gave it: pulling twice, after a
kill or beside another pull adds nothing twice, and an annotation changed in Label Studio is a new judgment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.recipe import Recipe
from pipeline.records import Judgment, key_of
from pipeline.workspace import Workspace

from .client import Account, Desk, annotated_tasks_of, annotators, connect, explained, projects
from .screens import Answer, read
from .server import Server

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio


@dataclass(frozen=True, slots=True)
class Pulled:
    """The judgments that were new, and a sentence for each annotation that could not be read."""

    judgments: list[Judgment]
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How far an annotator is: tasks asked, answered and skipped."""

    asked: int
    done: int
    skipped: int

    @property
    def left(self) -> int:
        """Tasks that nobody has touched."""
        return max(0, self.asked - self.done - self.skipped)


def pull(server: Server, workspace: Workspace, recipe: Recipe) -> list[Judgment]:
    """Appends the judgments that the workspace lacks, and gives them; see `collect` for what could not be read."""
    return collect(server, workspace, recipe).judgments


def collect(server: Server, workspace: Workspace, recipe: Recipe) -> Pulled:
    """Appends the judgments that the workspace lacks; what cannot be read is told, never dropped in silence."""
    known = workspace.keys(Judgment)
    new: dict[str, Judgment] = {}
    problems: list[str] = []
    with explained("the judgments", server):
        client = connect(server)
        accounts = annotators(server, recipe.annotate.annotators)
        for desk, project in projects(client, workspace, recipe.run.name).items():
            for found in _judgments(client, desk, project.id, accounts.get(desk.annotator), recipe):
                if isinstance(found, str):
                    problems.append(found)
                elif found.key not in known:
                    new[found.key] = found
    workspace.append(list(new.values()))
    return Pulled(list(new.values()), problems)


def waiting(server: Server, workspace: Workspace, recipe: Recipe, kind: str | None = None) -> dict[str, Waiting]:
    """How far each annotator is, over the kinds or in one ("cue", "pair", or either with "-adjudication")."""
    counts = {name: [0, 0, 0] for name in recipe.annotate.annotators}
    with explained("the state of the projects", server):
        for desk, project in projects(connect(server), workspace, recipe.run.name).items():
            if desk.annotator in counts and kind in (None, desk.kind):
                row = counts[desk.annotator]
                row[0] += project.task_number or 0
                row[1] += project.num_tasks_with_annotations or 0
                row[2] += project.skipped_annotations_number or 0
    return {name: Waiting(*row) for name, row in counts.items()}


# --- reading -----------------------------------------------------------------------------------------------------


def _judgments(
    client: "LabelStudio", desk: Desk, project: int, account: Account | None, recipe: Recipe
) -> Iterator[Judgment | str]:
    """A project's annotations, each as a judgment or as a sentence that says what is wrong with it."""
    if account is None:
        yield f"Project {project} belongs to {desk.annotator}, who is not in the recipe: it was left out."
        return
    for task in annotated_tasks_of(client, project):
        for annotation in task.get("annotations") or []:
            try:
                yield judgment_of(desk, task, annotation, account, scripted=recipe.annotate.by == "scripted")
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                where = f"Annotation {_number(annotation)} of task {task.get('id')} in project {project}"
                yield f"{where} was left out: {error if isinstance(error, ValueError) else repr(error)}."


def judgment_of(
    desk: Desk, task: dict[str, Any], annotation: dict[str, Any], account: Account, *, scripted: bool
) -> Judgment:
    """One annotation as a judgment; ValueError where it is not the annotator's, or not one of the screen's answers."""
    by = annotation.get("completed_by")
    by = by.get("id") if isinstance(by, dict) else by
    if account.user is not None and by != account.user:
        raise ValueError(f"it is by another account than {desk.annotator}'s")
    subject = (task.get("data") or {}).get("key")
    if not isinstance(subject, str) or not subject:
        raise ValueError("its task has no key")
    skipped = bool(annotation.get("was_cancelled"))
    answer = None if skipped else read(desk.judges, annotation["result"])
    return _judgment(desk, subject, annotation, answer, scripted=scripted)


def _judgment(
    desk: Desk, subject: str, annotation: dict[str, Any], answer: Answer | None, *, scripted: bool
) -> Judgment:
    """The record; its key says what was judged, by whom and in which version."""
    source, at = f"{desk.kind}/{annotation['id']}", annotation["updated_at"]
    updated_at = at.isoformat() if isinstance(at, datetime) else str(at)
    seconds = annotation.get("lead_time")
    return Judgment(
        key=key_of("judgment", desk.judges, subject, desk.annotator, source, updated_at),
        project=desk.judges,
        subject=subject,
        annotator=desk.annotator,
        verdict=answer.verdict if answer else None,
        skipped=answer is None,
        cue=answer.cue if answer else None,
        core=answer.core if answer else None,
        description_with=answer.description_with if answer else None,
        description_without=answer.description_without if answer else None,
        box=answer.box if answer else None,
        scripted=scripted,
        seconds=None if seconds is None else float(seconds),
        source=source,
        updated_at=updated_at,
    )


def _number(annotation: object) -> object:
    return annotation.get("id") if isinstance(annotation, dict) else annotation
