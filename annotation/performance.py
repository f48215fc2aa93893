"""How the people do: one row for each annotator, what stands out, and how far they agree and are
through.

    rows = performances(judgments, controls, exclusions, names=everyone(...), gold_bar=.7, waiting=waiting(...))
    told = standing(judgments, controls, exclusions, "cue", decided=30, waiting=12)

Pure functions of the records. Warnings are for the lead to look into; nothing is excluded by
itself. What scripts answer is measured, too, but their time says nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import median
from typing import Any

from scipy.stats import binomtest

from spuriforge.pipeline.agreement import (
    ADJUDICATION,
    Alpha,
    agreement,
    latest,
    vote,
    without_catch_trials,
)
from spuriforge.pipeline.decisions import ACCEPTING, counted, excluded
from spuriforge.pipeline.records import CatchTrial, Exclusion, Judgment

from .pull import Waiting

#: Fewer seconds than this for a task, in the median of so many tasks or more, is too fast to have
#: looked.
FAST_SECONDS, FAST_TASKS = 3.0, 10
#: The same verdict on this share, or more, of so many tasks or more; controls are among them and
#: should differ.
SAME_SHARE, SAME_TASKS = 0.95, 20
#: Right answers to known ones, and accepted shams, say something from so many on.
CATCH_TRIALS_SEEN = 5
#: More accepted shams than this share is a warning.
SHAM_BAR = 0.2


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, with its 95 % interval (Wilson's)."""

    count: int = 0
    of: int = 0

    @property
    def share(self) -> float | None:
        """The share, or None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Its 95 % interval, or None of nothing."""
        if not self.of:
            return None
        found = binomtest(self.count, self.of).proportion_ci(method="wilson")
        return float(found.low), float(found.high)

    def as_json(self) -> dict[str, Any]:
        """Counts, share and interval."""
        return {"count": self.count, "of": self.of, "share": self.share, "interval": self.interval}


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What one annotator did, and how well."""

    annotator: str
    #: Answers and skips that were collected. `left` and `uncollected` are None where the server was
    #: not asked; nothing is left to somebody who was removed or excluded.
    done: int
    skipped: int
    left: int | None = None
    uncollected: int | None = None
    #: Median of a task that was answered.
    seconds: float | None
    #: The verdict given most often in one of the projects, and how often; skips aside.
    usual_verdict: str | None
    usual: Rate
    #: Known answers given right, and random cues accepted, of those seen and not skipped.
    gold: Rate
    shams: Rate
    #: Votes equal to another person's on the same subject, controls and adjudication aside.
    #: Votes of one person are not independent, so the interval is a little narrow.
    agreement: Rate = field(default_factory=Rate)
    scripted: bool
    removed: bool = False
    #: Why the lead leaves the judgments out; None where they count.
    excluded: str | None = None
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        rates = {
            name: getattr(self, name).as_json() for name in ("usual", "gold", "shams", "agreement")
        }
        return asdict(self) | rates | {"warnings": list(self.warnings)}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the people are with cues or pairs, and how far they agree."""

    project: str
    alpha: Alpha
    decided: int
    waiting: int

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        return asdict(self)


def standing(
    judgments: Iterable[Judgment],
    catch_trials: Iterable[CatchTrial],
    exclusions: Iterable[Exclusion],
    project: str,
    *,
    decided: int,
    waiting: int,
) -> Standing:
    """Alpha of the votes that count so far; how many are decided and wait is for who knows the
    stages to say.
    """
    return Standing(
        project, agreement(counted(judgments, exclusions), project, catch_trials), decided, waiting
    )


def performances(
    judgments: Iterable[Judgment],
    catch_trials: Sequence[CatchTrial],
    exclusions: Sequence[Exclusion],
    *,
    names: Sequence[str],
    gold_bar: float,
    waiting: Mapping[str, Waiting] | None = None,
    removed: Collection[str] = (),
) -> list[Performance]:
    """A row for each of the names, and then for each other who judged; `waiting` is what the server
    says, if asked.

    Everybody's agreement is with those whose judgments count, that of the excluded, too.
    """
    said, out = latest(judgments), excluded(exclusions)
    by_person: dict[str, list[Judgment]] = {name: [] for name in names}
    for one in said:
        by_person.setdefault(one.annotator, []).append(one)
    equal = _equal_votes(without_catch_trials(said, catch_trials), out)
    rows = []
    for name, ours in by_person.items():
        row = _measured(name, ours, catch_trials, gold_bar)
        reason = out[name].reason if name in out else None
        row = replace(row, agreement=equal[name], removed=name in removed, excluded=reason)
        rows.append(row if waiting is None else _placed(row, waiting.get(name, Waiting(0, 0, 0))))
    return rows


def _measured(
    name: str, ours: Sequence[Judgment], catch_trials: Iterable[CatchTrial], gold_bar: float
) -> Performance:
    """One person's row as far as their own judgments tell."""
    answered = [one for one in ours if not one.skipped]
    times = [one.seconds for one in answered if one.seconds is not None]
    seconds, scripted = median(times) if times else None, any(one.scripted for one in ours)
    usual_verdict, usual = _usual(answered)
    gold, shams = _known_answers(answered, catch_trials)
    fast = None if scripted else _fast(seconds, len(times))
    warnings = (fast, _same(usual_verdict, usual), _below(gold, gold_bar), _accepting(shams))
    return Performance(
        annotator=name,
        done=len(answered),
        skipped=len(ours) - len(answered),
        seconds=seconds,
        usual_verdict=usual_verdict,
        usual=usual,
        gold=gold,
        shams=shams,
        scripted=scripted,
        warnings=tuple(one for one in warnings if one),
    )


def _placed(row: Performance, waiting: Waiting) -> Performance:
    """The row with what the server has beyond it."""
    gone = row.removed or row.excluded is not None
    uncollected = max(0, waiting.done + waiting.skipped - row.done - row.skipped)
    return replace(row, left=0 if gone else waiting.left, uncollected=uncollected)


# --- figures --------------------------------------------------------------------------------------


def _usual(answered: Iterable[Judgment]) -> tuple[str | None, Rate]:
    """The verdict given most often, in the project where it is the most usual: of those with tasks
    enough, if any.
    """
    by_project: dict[str, Counter[str]] = defaultdict(Counter)
    for one in answered:
        by_project[one.project][one.verdict or ""] += 1
    found = []
    for tally in by_project.values():
        verdict = max(sorted(tally), key=lambda one: tally[one])
        rate = Rate(tally[verdict], tally.total())
        found.append((rate.of >= SAME_TASKS, rate.share or 0.0, verdict, rate))
    return max(found, key=lambda one: one[:3])[2:] if found else (None, Rate())


def _known_answers(
    answered: Iterable[Judgment], catch_trials: Iterable[CatchTrial]
) -> tuple[Rate, Rate]:
    """Known answers given right, and shams accepted; "unsure" is neither."""
    known = {(one.project, one.subject): one for one in catch_trials}
    gold, shams = [], []
    for one in answered:
        catch_trial = known.get((one.project, one.subject))
        if catch_trial and catch_trial.kind == "gold":
            gold.append(one.verdict == catch_trial.expected)
        elif catch_trial:
            shams.append(one.verdict == ACCEPTING[one.project])
    return Rate(sum(gold), len(gold)), Rate(sum(shams), len(shams))


def _equal_votes(said: Iterable[Judgment], out: Collection[str]) -> dict[str, Rate]:
    """Each person's votes that are equal to another's on the same subject, of all that can be
    compared.
    """
    votes: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for one in said:
        if ADJUDICATION not in one.source and (given := vote(one)) is not None:
            votes[one.project, one.subject][one.annotator] = given
    equal: dict[str, list[bool]] = defaultdict(list)
    for given_by in votes.values():
        for name, mine in given_by.items():
            others = [
                theirs for other, theirs in given_by.items() if other != name and other not in out
            ]
            equal[name] += [theirs == mine for theirs in others]
    return defaultdict(Rate, {name: Rate(sum(ones), len(ones)) for name, ones in equal.items()})


# --- warnings -------------------------------------------------------------------------------------


def _fast(seconds: float | None, tasks: int) -> str | None:
    if seconds is None or tasks < FAST_TASKS or seconds >= FAST_SECONDS:
        return None
    return f"takes {seconds:.1f} s for a task, too fast to look (median of {tasks})"


def _same(verdict: str | None, rate: Rate) -> str | None:
    if rate.of < SAME_TASKS or (rate.share or 0.0) < SAME_SHARE:
        return None
    return f"nearly always says {verdict} ({rate.count} of {rate.of} tasks)"


def _below(gold: Rate, bar: float) -> str | None:
    if gold.of < CATCH_TRIALS_SEEN or (gold.share or 0.0) >= bar:
        return None
    return f"gives {gold.count} of {gold.of} known answers right, below the bar of {bar:g}"


def _accepting(shams: Rate) -> str | None:
    if shams.of < CATCH_TRIALS_SEEN or (shams.share or 0.0) <= SHAM_BAR:
        return None
    return f"accepts {shams.count} of {shams.of} cues drawn at random"
