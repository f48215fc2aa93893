"""Brings judgments back from Label Studio, each version of each exactly once.

    result = collect(server, workspace, recipe)     # judgments now appended, and what is amiss, in sentences
    judgments = pull(server, workspace, recipe)     # the new judgments alone
    waiting(server, workspace, recipe)              # {"annotator-1": Waiting(asked=40, done=31, skipped=2), ...}

A judgment's key is made of what was judged, by whom, and the version that the server gave it:
pulling twice, after a kill or beside another pull adds nothing twice, and an annotation changed in
Label Studio is a new judgment. What was read of one project is kept before the next is read.
Nothing is ever taken out of the workspace: what the server has lost stays and counts
(`annotation.reconcile` says why, and tells of it), and of all versions of a person's judgment the
latest by the server's time counts.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import Judgment, key_of
from spuriforge.pipeline.workspace import Workspace

from .client import (
    Account,
    Desk,
    annotated_tasks_of,
    annotators,
    connect,
    explained,
    marked,
    projects,
)
from .reconcile import Shown, problems
from .roster import complete, roster
from .screens import Answer, read
from .server import Server
from .versions import Versions, moment

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio


@dataclass(frozen=True, slots=True)
class Pulled:
    """The judgments that were new, and a sentence for each thing that is amiss: unreadable, gone,
    doubled.
    """

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
    """Appends the judgments that the workspace lacks, and gives them; see `collect` for what could
    not be read.
    """
    return collect(server, workspace, recipe).judgments


def collect(server: Server, workspace: Workspace, recipe: Recipe) -> Pulled:
    """Appends the judgments that the workspace lacks; what cannot be read is told, never dropped in
    silence.

    Of everybody who is or was on the roster, and of those who left the recipe after they had judged
    something.
    """
    recipe = complete(workspace, recipe)
    # before the server is looked at: what another pull appends meanwhile is not taken for gone
    before = workspace.records(Judgment)
    versions, shown, new = Versions(before), list[Shown](), list[Judgment]()
    with explained("the judgments", server):
        client = connect(server)
        found = sorted(
            ((desk, one.id) for desk, one in marked(client, workspace, recipe.run.name)),
            key=itemgetter(1),
        )
        accounts = _accounts(server, recipe, {desk for desk, _ in found}, before)
        for desk, project in found:
            shown.append(_shown(client, desk, project, accounts.get(desk.annotator), recipe))
            new += _keep(workspace, shown[-1], versions)
    return Pulled(new, problems(shown, before, roster(workspace, recipe)))


def waiting(
    server: Server, workspace: Workspace, recipe: Recipe, kind: str | None = None
) -> dict[str, Waiting]:
    """How far each annotator is, over the kinds or in one ("cue", "pair", or either with
    "-adjudication").
    """
    counts = {name: [0, 0, 0] for name in recipe.annotate.annotators}
    with explained("the state of the projects", server):
        for desk, project in projects(connect(server), workspace, recipe.run.name).items():
            if desk.annotator in counts and kind in (None, desk.kind):
                row = counts[desk.annotator]
                row[0] += project.task_number or 0
                row[1] += project.num_tasks_with_annotations or 0
                row[2] += project.skipped_annotations_number or 0
    return {name: Waiting(*row) for name, row in counts.items()}


# --- keeping --------------------------------------------------------------------------------------


def _keep(workspace: Workspace, shown: Shown, versions: Versions) -> list[Judgment]:
    """Appends those of a project's judgments that are not known, and gives them; sets apart what
    was put back.
    """
    read, shown.judgments, new = shown.judgments, [], list[Judgment]()
    for one in read:
        if again := versions.repeated(one):
            shown.returned.append(again)
            continue
        shown.judgments.append(one)
        clashes = versions.clashes(one)
        if fresh := versions.new(one):
            new.append(fresh)
            if clashes:
                whose = f"Annotation {one.source} of {one.annotator}"
                shown.problems.append(
                    f"{whose} says something else than before, at the same time: both are kept."
                )
    workspace.append(new)
    return new


# --- reading --------------------------------------------------------------------------------------


def _accounts(
    server: Server, recipe: Recipe, desks: Set[Desk], known: Iterable[Judgment]
) -> dict[str, Account]:
    """The accounts of the recipe's annotators, and of those who have left it after they had judged
    something.
    """
    judged = {one.annotator for one in known} & {desk.annotator for desk in desks}
    return annotators(server, tuple(dict.fromkeys((*recipe.annotate.annotators, *sorted(judged)))))


def _shown(
    client: "LabelStudio", desk: Desk, project: int, account: Account | None, recipe: Recipe
) -> Shown:
    """A project's tasks and annotations, each as a judgment or as a sentence that says what is
    wrong with it.
    """
    shown = Shown(desk)
    if account is None:
        shown.problems.append(
            f"Project {project} belongs to {desk.annotator}, who is not in the recipe nor on the "
            f"roster: left out."
        )
        return shown
    for task in annotated_tasks_of(client, project):
        subject = str((task.get("data") or {}).get("key"))
        shown.subjects.add(subject)
        for annotation in task.get("annotations") or []:
            try:
                shown.annotations.add((annotation["id"], subject))
                one = judgment_of(
                    desk, task, annotation, account, scripted=recipe.annotate.by == "scripted"
                )
                shown.judgments.append(one)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                where = f"Annotation {_number(annotation)} of task {task.get('id')} in project {project}"
                why = error if isinstance(error, ValueError) else repr(error)
                shown.problems.append(f"{where} was left out: {why}.")
    return shown


def judgment_of(
    desk: Desk,
    task: dict[str, Any],
    annotation: dict[str, Any],
    account: Account,
    *,
    scripted: bool,
) -> Judgment:
    """One annotation as a judgment; ValueError where it is not the annotator's, or not one of the
    screen's answers.
    """
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
    source, updated_at = f"{desk.kind}/{annotation['id']}", moment(annotation["updated_at"])
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
