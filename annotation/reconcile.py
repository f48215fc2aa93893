"""Compares Label Studio with the workspace: what is gone, doubled or out of order.

    problems([contents], known, ("ada",))     # a sentence for each person and kind of problem

Nothing here changes what counts. A judgment that is no longer on the server stays and counts: the
server does not say who removed it, so a task deleted by mistake and a server restored from
yesterday's backup look alike. To make it count no longer, have the task judged again or exclude the
annotator.

Of several versions the latest by the server's time counts, whatever their numbers: a restored
server gives numbers out again, but its clock goes on. A clock that went back is a problem, too.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence, Set
from typing import TypeVar

from spuriforge.pipeline.agreement import latest
from spuriforge.pipeline.records import Judgment

from .project_contents import ProjectContents
from .projects import ADJUDICATION, Desk

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_KINDS = ("cue", "pair", "cue" + ADJUDICATION, "pair" + ADJUDICATION)
#: How many annotations a sentence names.
_NAMED = 5


def problems(
    projects: Sequence[ProjectContents], known: Sequence[Judgment], annotators: Iterable[str]
) -> list[str]:
    """Returns all problems; `known` is what the workspace had before.

    Several projects of one desk are taken together.
    """
    known_keys = {judgment.key for judgment in known}
    present = [judgment for project in projects for judgment in project.judgments]
    new = [judgment for judgment in present if judgment.key not in known_keys]
    counting = [judgment for judgment in latest([*known, *new]) if _desk_kind(judgment) in _KINDS]
    by_desk = _grouped(projects, lambda project: project.desk)
    sentences = [problem for project in projects for problem in project.problems]
    sentences += _missing_projects(set(by_desk), counting, set(annotators))
    for desk, of_desk in by_desk.items():
        sentences += _missing_judgments(desk, of_desk, counting)
    return [*sentences, *_judged_twice(present), *_out_of_order(known, new)]


# --- missing --------------------------------------------------------------------------------------


def _missing_projects(
    desks: Set[Desk], counting: Sequence[Judgment], annotators: Set[str]
) -> Iterator[str]:
    """Yields a sentence for each desk with judgments whose project is no longer on the server."""
    present = {(desk.kind, desk.annotator) for desk in desks}
    groups = _grouped(counting, lambda judgment: (_desk_kind(judgment), judgment.annotator))
    for (kind, annotator), judged in groups.items():
        if annotator in annotators and (kind, annotator) not in present:
            yield (
                f"{annotator}'s {kind} project is not on the server: it was deleted, or the mark "
                f"was taken out of its description. What came from it ({_count(judged)}) is kept "
                "and counts; what was answered in it since is seen once the mark is back."
            )


def _missing_judgments(
    desk: Desk, projects: Sequence[ProjectContents], counting: Sequence[Judgment]
) -> Iterator[str]:
    """Yields a sentence on judgments without annotation, and one on those without a task."""
    subjects = {subject for project in projects for subject in project.subjects}
    present = {annotation for project in projects for annotation in project.annotations}
    returned = {judgment.key for project in projects for judgment in project.returned}
    missing = [
        judgment
        for judgment in counting
        if (_desk_kind(judgment), judgment.annotator) == (desk.kind, desk.annotator)
        and (_number(judgment), judgment.subject) not in present
        and judgment.key not in returned
    ]
    for has_task, what in ((True, "but their tasks are"), (False, "and their tasks neither")):
        some = [judgment for judgment in missing if (judgment.subject in subjects) is has_task]
        if some:
            yield (
                f"{_count(some)} of {desk.annotator}'s {desk.kind} project no longer on the "
                f"server, {what} ({_named(map(_number, some))}): kept, and counted"
                f"{' until judged again' * has_task}."
            )


# --- doubled, out of order ------------------------------------------------------------------------


def _judged_twice(present: Sequence[Judgment]) -> Iterator[str]:
    """Yields a sentence on subjects for which the server has two annotations of one person."""
    groups = _grouped(present, lambda judgment: (judgment.annotator, judgment.project))
    for (annotator, project), judged in groups.items():
        by_subject = _grouped(judged, lambda judgment: judgment.subject)
        doubled = [sorted(map(_number, same)) for same in by_subject.values() if len(same) > 1]
        if doubled:
            named = _named(" and ".join(map(str, numbers)) for numbers in doubled)
            tasks = _count(doubled, f"{project} task")
            yield f"{tasks} judged twice by {annotator} ({named}): the latest counts."


def _out_of_order(known: Sequence[Judgment], new: Sequence[Judgment]) -> Iterator[str]:
    """Yields a sentence on new judgments that are older than what the workspace has."""
    newest = {_task(judgment): judgment.updated_at for judgment in latest(known)}
    late = [judgment for judgment in new if judgment.updated_at < newest.get(_task(judgment), "")]
    groups = _grouped(late, lambda judgment: (judgment.annotator, judgment.project))
    for (annotator, project), judged in groups.items():
        yield (
            f"{_count(judged)} of {annotator}'s {project} tasks came now, older by the server's "
            f"time than what the workspace has of the same tasks "
            f"({_named(map(_number, judged))}): kept, but the later time counts. If the server's "
            "clock was set back, have these tasks judged again."
        )


# --- words ----------------------------------------------------------------------------------------


def _grouped(values: Iterable[V], key: Callable[[V], K]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = defaultdict(list)
    for value in values:
        groups[key(value)].append(value)
    return dict(groups)


def _task(judgment: Judgment) -> tuple[str, str, str]:
    return judgment.project, judgment.subject, judgment.annotator


def _desk_kind(judgment: Judgment) -> str:
    """Returns the kind of desk that a judgment came from, or another word for an imported one."""
    return judgment.source.partition("/")[0]


def _number(judgment: Judgment) -> int:
    """Returns the annotation's number on the server."""
    return int(judgment.source.partition("/")[2])


def _count(values: Sequence[object], what: str = "judgment") -> str:
    return f"{len(values)} {what}{'s' * (len(values) != 1)}"


def _named(numbers: Iterable[object]) -> str:
    """Names a few annotations by their numbers, and says how many more there are."""
    named = [str(number) for number in numbers]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f"annotation {', '.join(named[:_NAMED])}{more}"
