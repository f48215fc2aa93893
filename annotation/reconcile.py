"""Compares what Label Studio shows now with what the workspace has, in sentences: what is gone,
doubled, out of order.

    shown = Shown(desk, subjects={"..."}, annotations={(9, "...")}, judgments=[...])    # what one project shows
    said = problems([shown], known, ("annotator-1",))                # one sentence a kind of problem and person

Nothing here changes what counts. A judgment that is no longer on the server stays and counts, for
the server does not say who took it away or why: a task deleted by mistake and a server restored
from yesterday's backup look alike, and a person's work is not lost for either. Who wants it not to
count has the task judged again, or excludes the annotator. Of several versions the latest by the
server's own time counts, whatever their numbers: a restored server gives out numbers again that it
had given before, but its clock goes on. Where even the clock went back, that is told.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import TypeVar

from spuriforge.pipeline.agreement import latest
from spuriforge.pipeline.records import Judgment

from .client import ADJUDICATION, Desk

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_KINDS = ("cue", "pair", "cue" + ADJUDICATION, "pair" + ADJUDICATION)
#: How many annotations a sentence names.
_NAMED = 5


@dataclass(slots=True)
class Shown:
    """What the server shows in one project: the subjects of its tasks, and its annotations, as
    (number, subject).
    """

    desk: Desk
    subjects: set[str] = field(default_factory=set)
    annotations: set[tuple[int, str]] = field(default_factory=set)
    #: The annotations that could be read, and a sentence for each that could not.
    judgments: list[Judgment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    #: Known judgments that were put back: annotations that are not among `judgments` say them
    #: again.
    returned: list[Judgment] = field(default_factory=list)


def problems(
    shown: Sequence[Shown], known: Sequence[Judgment], annotators: Iterable[str]
) -> list[str]:
    """All that is amiss; `known` is what the workspace had before. Several projects of one desk are
    taken together.
    """
    had = {one.key for one in known}
    found = [one for project in shown for one in project.judgments]
    new = [one for one in found if one.key not in had]
    counting = [one for one in latest([*known, *new]) if _kind(one) in _KINDS]
    by_desk = _grouped(shown, lambda one: one.desk)
    return [
        *(problem for one in shown for problem in one.problems),
        *_lost(set(by_desk), counting, set(annotators)),
        *(
            problem
            for desk, projects in by_desk.items()
            for problem in _gone(desk, projects, counting)
        ),
        *_twice(found),
        *_back(known, new),
    ]


# --- no longer there ------------------------------------------------------------------------------


def _lost(desks: Set[Desk], counting: Sequence[Judgment], annotators: Set[str]) -> Iterator[str]:
    """Desks from which judgments came, and of which no project is found any more."""
    found = {(one.kind, one.annotator) for one in desks}
    for (kind, annotator), judged in _grouped(
        counting, lambda one: (_kind(one), one.annotator)
    ).items():
        if annotator in annotators and (kind, annotator) not in found:
            yield (
                f"{annotator}'s {kind} project is not on the server: it was deleted, or the mark "
                f"was taken out of its "
                f"description. What came from it ({_count(judged)}) is kept and counts; what was "
                f"answered in it since "
                "is seen once the mark is back."
            )


def _gone(desk: Desk, projects: Sequence[Shown], counting: Sequence[Judgment]) -> Iterator[str]:
    """Judgments of a desk whose annotation is no longer there, and those whose task is not there
    either.
    """
    subjects = {subject for one in projects for subject in one.subjects}
    there = {annotation for one in projects for annotation in one.annotations}
    returned = {known.key for one in projects for known in one.returned}
    ours = [one for one in counting if (_kind(one), one.annotator) == (desk.kind, desk.annotator)]
    gone = [
        one for one in ours if (_number(one), one.subject) not in there and one.key not in returned
    ]
    for open_again, what in ((True, "but their tasks are"), (False, "and their tasks neither")):
        some = [one for one in gone if (one.subject in subjects) is open_again]
        if some:
            yield (
                f"{_count(some)} of {desk.annotator}'s {desk.kind} project no longer on the "
                f"server, {what} "
                f"({_named(map(_number, some))}): kept, and "
                f"counted{' until judged again' * open_again}."
            )


# --- doubled, out of order ------------------------------------------------------------------------


def _twice(found: Sequence[Judgment]) -> Iterator[str]:
    """Subjects that one person judged in more than one annotation, all of them on the server."""
    for (annotator, project), judged in _grouped(
        found, lambda one: (one.annotator, one.project)
    ).items():
        subjects = _grouped(judged, lambda one: one.subject)
        doubled = [sorted(map(_number, ones)) for ones in subjects.values() if len(ones) > 1]
        if doubled:
            named = _named(" and ".join(map(str, numbers)) for numbers in doubled)
            yield f"{_count(doubled, f'{project} task')} judged twice by {annotator} ({named}): the latest counts."


def _back(known: Sequence[Judgment], new: Sequence[Judgment]) -> Iterator[str]:
    """Judgments that came now, but are older by the server's time than what the workspace had of
    the same task.
    """
    newest = {(one.project, one.subject, one.annotator): one.updated_at for one in latest(known)}
    late = [
        one
        for one in new
        if one.updated_at < newest.get((one.project, one.subject, one.annotator), "")
    ]
    for (annotator, project), judged in _grouped(
        late, lambda one: (one.annotator, one.project)
    ).items():
        yield (
            f"{_count(judged)} of {annotator}'s {project} tasks came now, older by the server's "
            f"time than what the "
            f"workspace has of the same tasks ({_named(map(_number, judged))}): kept, but the "
            f"later time counts. If "
            "the server's clock was set back, have these tasks judged again."
        )


# --- words ----------------------------------------------------------------------------------------


def _grouped(ones: Iterable[V], key: Callable[[V], K]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = defaultdict(list)
    for one in ones:
        groups[key(one)].append(one)
    return dict(groups)


def _kind(one: Judgment) -> str:
    """The kind of desk that it came from; something else for a judgment that came by another way."""
    return one.source.partition("/")[0]


def _number(one: Judgment) -> int:
    """The annotation's number on the server."""
    return int(one.source.partition("/")[2])


def _count(ones: Sequence[object], what: str = "judgment") -> str:
    return f"{len(ones)} {what}{'s' * (len(ones) != 1)}"


def _named(numbers: Iterable[object]) -> str:
    """A few of the annotations' numbers, and how many more there are."""
    named = [str(one) for one in numbers]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f"annotation {', '.join(named[:_NAMED])}{more}"
