"""Versions of judgments: which of them is new, and which says again what is known already.

    versions = Versions(workspace.records(Judgment))
    new = versions.new(one)                 # the record to append, or None for what is known
    versions.repeated(one)                  # the known judgment that an annotation says again

A version is what a person said of a task at one time. A push that finds a task open of which the
workspace has the judgment, as after a server was restored from a backup, answers it there in the
person's name: that annotation is the judgment that is known, at a new time and mostly under a new
number, and no new version. It is known by what it says and by the seconds that the person took,
which no second judgment has to the last digit.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from spuriforge.pipeline.agreement import latest
from spuriforge.pipeline.records import Judgment, key_of


def moment(at: datetime | str) -> str:
    """A time as every judgment has it, so that times sort as texts: UTC, microseconds, "Z".
    ValueError for no time.
    """
    time = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    if time.tzinfo is None:
        raise ValueError(f"{time.isoformat()} is in no time zone")
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def said(one: Judgment) -> tuple[object, ...]:
    """All that a person says in a judgment: equal for two versions that differ in their time alone."""
    return (
        one.verdict,
        one.skipped,
        one.cue,
        one.core,
        one.description_with,
        one.description_without,
        one.box,
    )


class Versions:
    """Every version of every judgment that is known."""

    def __init__(self, known: Iterable[Judgment]) -> None:
        self.by_key: dict[str, Judgment] = {}
        self._of_task: dict[tuple[str, str, str], list[Judgment]] = defaultdict(list)
        for one in known:
            self._add(one)

    def _add(self, one: Judgment) -> None:
        self.by_key[one.key] = one
        self._of_task[one.project, one.subject, one.annotator].append(one)

    def clashes(self, one: Judgment) -> bool:
        """Whether the same annotation said something else at the same time: its key alone does not
        tell them apart.
        """
        return one.key in self.by_key and said(self.by_key[one.key]) != said(one)

    def repeated(self, one: Judgment) -> Judgment | None:
        """The known judgment that this one says again, or None: the latest of its task, or one of
        another number.

        Of the same number (a restored server gives them again), or where no seconds were counted,
        an earlier one is not meant: a person may come back to what they said at first.
        """
        if one.key in self.by_key:
            return None
        versions = self._of_task[one.project, one.subject, one.annotator]
        newest = latest(versions)
        for known in versions:
            meant = known in newest or (known.source != one.source and known.seconds is not None)
            if meant and (said(known), known.seconds) == (said(one), one.seconds):
                return known
        return None

    def new(self, one: Judgment) -> Judgment | None:
        """The record to append, known from now on; None for what is known."""
        if self.clashes(one):
            one = replace(one, key=key_of(one.key, *said(one)))
        if one.key in self.by_key or self.repeated(one):
            return None
        self._add(one)
        return one
