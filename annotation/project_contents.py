"""What Label Studio holds in one project: its tasks, and its annotations as judgments.

    contents = read_project(client, desk, project.id, account, scripted=False)
    contents.judgments, contents.problems

An annotation that cannot be read becomes a problem, never a gap.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spuriforge.pipeline.records import Judgment

from .accounts import Account
from .answers import read
from .projects import Desk, annotated_tasks_of
from .versions import version

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio


@dataclass(slots=True)
class ProjectContents:
    """A project's tasks and annotations."""

    desk: Desk
    #: The subjects of its tasks.
    subjects: set[str] = field(default_factory=set)
    #: Its annotations, as (number, subject).
    annotations: set[tuple[int, str]] = field(default_factory=set)
    #: The annotations that could be read, and a sentence for each other one.
    judgments: list[Judgment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    #: Known judgments that annotations repeat; those annotations are not among `judgments`.
    returned: list[Judgment] = field(default_factory=list)


def read_project(
    client: "LabelStudio", desk: Desk, project: int, account: Account | None, *, scripted: bool
) -> ProjectContents:
    """Reads a project page by page; without an account, it belongs to nobody and is left out."""
    contents = ProjectContents(desk)
    if account is None:
        contents.problems.append(
            f"Project {project} belongs to {desk.annotator}, who is neither in the recipe nor on "
            "the roster: left out."
        )
        return contents
    for task in annotated_tasks_of(client, project):
        subject = str((task.get("data") or {}).get("key"))
        contents.subjects.add(subject)
        for annotation in task.get("annotations") or []:
            try:
                contents.annotations.add((annotation["id"], subject))
                judgment = judgment_of(desk, task, annotation, account, scripted=scripted)
                contents.judgments.append(judgment)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                number = annotation.get("id") if isinstance(annotation, dict) else annotation
                reason = error if isinstance(error, ValueError) else repr(error)
                contents.problems.append(
                    f"Annotation {number} of task {task.get('id')} in project {project} was left "
                    f"out: {reason}."
                )
    return contents


def judgment_of(
    desk: Desk,
    task: dict[str, Any],
    annotation: dict[str, Any],
    account: Account,
    *,
    scripted: bool,
) -> Judgment:
    """Returns an annotation as a judgment.

    ValueError if it is not the annotator's, or not an answer that the screen has.
    """
    by = annotation.get("completed_by")
    by = by.get("id") if isinstance(by, dict) else by
    if account.user is not None and by != account.user:
        raise ValueError(f"it is by another account than {desk.annotator}'s")
    subject = (task.get("data") or {}).get("key")
    if not isinstance(subject, str) or not subject:
        raise ValueError("its task has no key")
    skipped = bool(annotation.get("was_cancelled"))
    return version(
        None if skipped else read(desk.judges, annotation["result"]),
        project=desk.judges,
        subject=subject,
        annotator=desk.annotator,
        source=f"{desk.kind}/{annotation['id']}",
        updated_at=annotation["updated_at"],
        seconds=annotation.get("lead_time"),
        scripted=scripted,
    )
