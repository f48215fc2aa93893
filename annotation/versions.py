"""Versions of judgments: how a version is made, and which of them are new.

    judgment = version(answer, project="cue", subject=key, annotator="ada", source="cue/9", ...)
    versions = Versions(workspace.records(Judgment))
    comparison = versions.compare(judgments)      # .new is to be appended, .returned was known

A version is what a person said about a task at one time. Its key is made of what was judged, by
whom, where and when: reading it again makes the same record.

After a backup of the server was restored, a push finds tasks open of which the workspace has the
judgment, and answers them in the person's name. Such an annotation repeats a known judgment, at a
new time and mostly under a new number; it is no new version. It is known by its content and by the
seconds that the person took, which no second judgment has to the last digit.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from spuriforge.pipeline.agreement import latest
from spuriforge.pipeline.records import JUDGMENT_TEXTS, Judgment, key_of

from .answers import TaskAnswer


def moment(at: datetime | str) -> str:
    """Returns a time as judgments have it: UTC, microseconds, "Z", so that times sort as texts.

    ValueError for a time without a zone.
    """
    time = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    if time.tzinfo is None:
        raise ValueError(f"{time.isoformat()} is in no time zone")
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def version(
    answer: TaskAnswer | None,
    *,
    project: str,
    subject: str,
    annotator: str,
    source: str,
    updated_at: datetime | str,
    seconds: float | None,
    scripted: bool,
) -> Judgment:
    """Returns an answer, or None for a skip, as one version of a judgment."""
    at = moment(updated_at)
    texts = dict.fromkeys(JUDGMENT_TEXTS) | dict(answer.texts if answer else {})
    return Judgment(
        key=key_of("judgment", project, subject, annotator, source, at),
        project=project,
        subject=subject,
        annotator=annotator,
        verdict=answer.verdict if answer else None,
        skipped=answer is None,
        **texts,
        box=answer.box if answer else None,
        scripted=scripted,
        seconds=None if seconds is None else float(seconds),
        source=source,
        updated_at=at,
    )


def content(judgment: Judgment) -> tuple[object, ...]:
    """Returns all that a person says in a judgment, without when and where it was said."""
    texts = (getattr(judgment, name) for name in JUDGMENT_TEXTS)
    return (judgment.verdict, judgment.skipped, *texts, judgment.box)


@dataclass(slots=True)
class Comparison:
    """Judgments compared with the known ones."""

    #: Those to append to the workspace.
    new: list[Judgment] = field(default_factory=list)
    #: Of those compared, all that repeat no known judgment under another number or time.
    own: list[Judgment] = field(default_factory=list)
    #: The known judgments that the others repeat.
    returned: list[Judgment] = field(default_factory=list)
    #: New judgments that differ from a known one of the same annotation and time.
    clashing: list[Judgment] = field(default_factory=list)


class Versions:
    """Every known version of every judgment."""

    def __init__(self, known: Iterable[Judgment]) -> None:
        self.by_key: dict[str, Judgment] = {}
        self._of_task: dict[tuple[str, str, str], list[Judgment]] = defaultdict(list)
        for judgment in known:
            self._add(judgment)

    def compare(self, judgments: Iterable[Judgment]) -> Comparison:
        """Sorts judgments into known and new ones; the new ones are known from now on."""
        comparison = Comparison()
        for judgment in judgments:
            if known := self.repeated(judgment):
                comparison.returned.append(known)
                continue
            comparison.own.append(judgment)
            clashes = self.clashes(judgment)
            if added := self.new(judgment):
                comparison.new.append(added)
                comparison.clashing += [judgment] if clashes else []
        return comparison

    def repeated(self, judgment: Judgment) -> Judgment | None:
        """Returns the known judgment that this one repeats, or None.

        It is the latest version of its task, or any version under another number. An earlier
        version under the same number (a restored server gives numbers out again), or one without
        seconds, is not repeated: a person may come back to their first opinion.
        """
        if judgment.key in self.by_key:
            return None
        versions = self._of_task[judgment.project, judgment.subject, judgment.annotator]
        newest = latest(versions)
        for known in versions:
            elsewhere = known.source != judgment.source and known.seconds is not None
            if (known in newest or elsewhere) and (
                (content(known), known.seconds) == (content(judgment), judgment.seconds)
            ):
                return known
        return None

    def clashes(self, judgment: Judgment) -> bool:
        """Whether the same annotation had another content at the same time, so an equal key."""
        known = self.by_key.get(judgment.key)
        return known is not None and content(known) != content(judgment)

    def new(self, judgment: Judgment) -> Judgment | None:
        """Returns the record to append, which is known from now on, or None for a known one."""
        if self.clashes(judgment):
            judgment = replace(judgment, key=key_of(judgment.key, *content(judgment)))
        if judgment.key in self.by_key or self.repeated(judgment):
            return None
        self._add(judgment)
        return judgment

    def _add(self, judgment: Judgment) -> None:
        self.by_key[judgment.key] = judgment
        task = judgment.project, judgment.subject, judgment.annotator
        self._of_task[task].append(judgment)
