"""Hands tasks to the annotators' desks: one project for each annotator, each subject once in it.

    report = hand_out(server, workspace, people, "cue", choose, make_task, catch_trials)

It looks at the server each time and does what is missing, so it can be killed and repeated.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from spuriforge.pipeline.agreement import latest
from spuriforge.pipeline.decisions import counted
from spuriforge.pipeline.recipe import Recipe
from spuriforge.pipeline.records import CatchTrial, Exclusion, Judgment
from spuriforge.pipeline.workspace import Workspace

from .client import Server, connect, explained
from .desks import DeskState, fill, find
from .projects import ADJUDICATION, Desk, projects
from .repair import gone_tasks, repair
from .tasks import MakeTask
from .turns import in_order, mixed

#: The desks as found -> subject, in order of value -> the annotators who are asked about it.
Choose = Callable[[Mapping[str, DeskState]], Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class PushReport:
    """What a push did: `asked` is `imported` + `present` + `judged` + `held`."""

    kind: str
    #: Tasks that should be there, over all annotators; those imported now; those that were there.
    asked: int
    imported: int
    present: int
    #: Ties that nobody is left to break; always 0 for a first push.
    unassigned: int = 0
    #: Tasks that are missing, and not asked again since the workspace has their judgments.
    judged: int = 0
    #: Catch trials that wait for more tasks to hide among.
    held: int = 0
    #: A sentence for each thing that was gone, lost, put back, or doubled.
    problems: list[str] = field(default_factory=list)


def hand_out(
    server: Server,
    workspace: Workspace,
    people: Recipe,
    kind: str,
    choose: Choose,
    make_task: MakeTask,
    catch_trials: Sequence[str] = (),
) -> PushReport:
    """Reads each annotator's desk, repairs it, and imports the chosen tasks that it lacks."""
    with explained(f"the {kind} tasks", server):
        client = connect(server)
        marked = projects(client, workspace, people.run.name)
        desks = {name: Desk(people.run.name, kind, name) for name in people.annotate.annotators}
        states = {
            name: find(client, workspace, desk, marked.get(desk)) for name, desk in desks.items()
        }
        wanted = choose(states)
        trials = {*catch_trials, *(trial.subject for trial in workspace.records(CatchTrial))}
        judgments = judgments_of(workspace, kind.removesuffix(ADJUDICATION))
        reports = []
        for name, state in states.items():
            own = [subject for subject in in_order([*wanted], name) if name in wanted[subject]]
            done = {
                subject: judgment
                for subject, others in judgments.items()
                if (judgment := judgment_by(name, others))
            }
            problems = repair(client, server, state, done)
            asked = [*own, *catch_trials] if own or state.tasks else []
            row = _row(state, asked, done, trials)
            problems += gone_tasks(state, asked=row, judged=done)
            fill(client, workspace, state, row, make_task)
            reports.append(_report(state, asked, row, done, problems))
    return _sum(kind, reports)


def judgments_of(workspace: Workspace, project: str) -> dict[str, list[Judgment]]:
    """Returns subject -> the newest judgments on it that count, one for each person."""
    by_subject: dict[str, list[Judgment]] = {}
    for judgment in counted(latest(workspace.records(Judgment)), workspace.records(Exclusion)):
        if judgment.project == project:
            by_subject.setdefault(judgment.subject, []).append(judgment)
    return by_subject


def judgment_by(annotator: str, judgments: Iterable[Judgment]) -> Judgment | None:
    """Returns an annotator's judgment, or None."""
    return next((judgment for judgment in judgments if judgment.annotator == annotator), None)


def _row(
    state: DeskState, asked: Sequence[str], done: Collection[str], trials: Collection[str]
) -> list[str]:
    """Returns what a desk lacks, in order of import, without trials that would be recognised."""
    lacking = [subject for subject in asked if subject not in state.tasks and subject not in done]
    return mixed(
        [subject for subject in lacking if subject not in trials],
        [subject for subject in lacking if subject in trials],
        state.desk.annotator,
        lead=state.last is not None and state.last not in trials,
    )


def _report(
    state: DeskState,
    asked: Sequence[str],
    row: Sequence[str],
    done: Collection[str],
    problems: list[str],
) -> PushReport:
    """Returns what was done for one desk."""
    present = sum(subject in state.tasks for subject in asked)
    judged = sum(subject not in state.tasks and subject in done for subject in asked)
    held = len(asked) - present - judged - len(row)
    return PushReport(
        state.desk.kind, len(asked), len(row), present, judged=judged, held=held, problems=problems
    )


def _sum(kind: str, reports: Sequence[PushReport]) -> PushReport:
    """Returns what was done for all desks."""
    counts = {
        name: sum(getattr(report, name) for report in reports)
        for name in ("asked", "imported", "present", "judged", "held")
    }
    problems = [problem for report in reports for problem in report.problems]
    return PushReport(kind, **counts, problems=problems)
