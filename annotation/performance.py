"""How the annotators do: a row for each, warnings, and how far they agree.

    rows = performances(judgments, trials, exclusions, names=everyone(...), gold_bar=0.7)
    standing(judgments, trials, exclusions, "cue", decided=30, waiting=12)    # Standing(alpha=...)

Pure functions of the records. Warnings are for the lead to look into; nobody is excluded
automatically. Scripts are measured too, but not warned about their speed.
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

#: A median below so many seconds, over so many tasks or more, is too fast to have looked.
FAST_SECONDS, FAST_TASKS = 3.0, 10
#: The same verdict on so large a share of so many tasks or more, catch trials included, stands out.
SAME_SHARE, SAME_TASKS = 0.95, 20
#: Rates on catch trials are warned about from so many on.
CATCH_TRIALS_SEEN = 5
#: More accepted shams than this share is a warning.
SHAM_BAR = 0.2


@dataclass(frozen=True, slots=True)
class Rate:
    """A count out of a total, with its 95 % interval (Wilson's)."""

    count: int = 0
    of: int = 0

    @property
    def share(self) -> float | None:
        """The share, or None if the total is 0."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The share's 95 % interval, or None if the total is 0."""
        if not self.of:
            return None
        interval = binomtest(self.count, self.of).proportion_ci(method="wilson")
        return float(interval.low), float(interval.high)

    def as_json(self) -> dict[str, Any]:
        """Returns counts, share and interval."""
        return {"count": self.count, "of": self.of, "share": self.share, "interval": self.interval}


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What one annotator did, and how well."""

    annotator: str
    #: Collected answers and skips. `left` and `uncollected` are None if the server was not asked;
    #: somebody removed or excluded has nothing left.
    done: int
    skipped: int
    left: int | None = None
    uncollected: int | None = None
    #: The median time of an answered task.
    seconds: float | None
    #: The most frequent verdict in a project, and how frequent it is; without skips.
    usual_verdict: str | None
    usual: Rate
    #: Known answers that were given right, and random cues that were accepted; without skips.
    gold: Rate
    shams: Rate
    #: Votes equal to another person's on the same subject, without catch trials and adjudication.
    #: A person's votes are not independent, so the interval is a little narrow.
    agreement: Rate = field(default_factory=Rate)
    scripted: bool
    removed: bool = False
    #: Why the lead leaves the judgments out; None if they count.
    excluded: str | None = None
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Returns all fields as JSON has them."""
        rates = {
            name: getattr(self, name).as_json() for name in ("usual", "gold", "shams", "agreement")
        }
        return asdict(self) | rates | {"warnings": list(self.warnings)}


@dataclass(frozen=True, slots=True)
class Standing:
    """How many cues or pairs are decided and wait, and how far the people agree."""

    project: str
    alpha: Alpha
    decided: int
    waiting: int

    def as_json(self) -> dict[str, Any]:
        """Returns all fields as JSON has them."""
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
    """Returns alpha of the votes that count so far; the caller knows how many are decided."""
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
    """Returns a row for each name, then for each other person who judged.

    `waiting` is what the server says, if asked. Everybody's agreement is with those whose judgments
    count, that of excluded people too.
    """
    newest, out = latest(judgments), excluded(exclusions)
    by_person: dict[str, list[Judgment]] = {name: [] for name in names}
    for judgment in newest:
        by_person.setdefault(judgment.annotator, []).append(judgment)
    equal = _equal_votes(without_catch_trials(newest, catch_trials), out)
    rows = []
    for name, own in by_person.items():
        row = _measured(name, own, catch_trials, gold_bar)
        reason = out[name].reason if name in out else None
        row = replace(row, agreement=equal[name], removed=name in removed, excluded=reason)
        rows.append(row if waiting is None else _placed(row, waiting.get(name, Waiting(0, 0, 0))))
    return rows


def _measured(
    name: str, own: Sequence[Judgment], catch_trials: Iterable[CatchTrial], gold_bar: float
) -> Performance:
    """Returns a person's row, as far as their own judgments tell."""
    answered = [judgment for judgment in own if not judgment.skipped]
    times = [judgment.seconds for judgment in answered if judgment.seconds is not None]
    seconds = median(times) if times else None
    scripted = any(judgment.scripted for judgment in own)
    usual_verdict, usual = _usual(answered)
    gold, shams = _known_answers(answered, catch_trials)
    fast = None if scripted else _fast(seconds, len(times))
    warnings = (fast, _same(usual_verdict, usual), _below(gold, gold_bar), _accepting(shams))
    return Performance(
        annotator=name,
        done=len(answered),
        skipped=len(own) - len(answered),
        seconds=seconds,
        usual_verdict=usual_verdict,
        usual=usual,
        gold=gold,
        shams=shams,
        scripted=scripted,
        warnings=tuple(warning for warning in warnings if warning),
    )


def _placed(row: Performance, waiting: Waiting) -> Performance:
    """Returns the row with what the server has beyond it."""
    gone = row.removed or row.excluded is not None
    uncollected = max(0, waiting.done + waiting.skipped - row.done - row.skipped)
    return replace(row, left=0 if gone else waiting.left, uncollected=uncollected)


# --- figures --------------------------------------------------------------------------------------


def _usual(answered: Iterable[Judgment]) -> tuple[str | None, Rate]:
    """Returns the most frequent verdict, of the project in which it is the most frequent.

    Projects with enough tasks go first.
    """
    by_project: dict[str, Counter[str]] = defaultdict(Counter)
    for judgment in answered:
        by_project[judgment.project][judgment.verdict or ""] += 1
    ranked = []
    for tally in by_project.values():
        verdict = max(sorted(tally), key=tally.__getitem__)
        rate = Rate(tally[verdict], tally.total())
        ranked.append((rate.of >= SAME_TASKS, rate.share or 0.0, verdict, rate))
    return max(ranked, key=lambda usual: usual[:3])[2:] if ranked else (None, Rate())


def _known_answers(
    answered: Iterable[Judgment], catch_trials: Iterable[CatchTrial]
) -> tuple[Rate, Rate]:
    """Returns known answers given right, and shams accepted; "unsure" is neither."""
    trials = {(trial.project, trial.subject): trial for trial in catch_trials}
    gold, shams = [], []
    for judgment in answered:
        trial = trials.get((judgment.project, judgment.subject))
        if trial and trial.kind == "gold":
            gold.append(judgment.verdict == trial.expected)
        elif trial:
            shams.append(judgment.verdict == ACCEPTING[judgment.project])
    return Rate(sum(gold), len(gold)), Rate(sum(shams), len(shams))


def _equal_votes(judgments: Iterable[Judgment], out: Collection[str]) -> dict[str, Rate]:
    """Returns each person's votes that equal another's on the same subject, of all comparisons."""
    votes: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for judgment in judgments:
        if ADJUDICATION not in judgment.source and (verdict := vote(judgment)) is not None:
            votes[judgment.project, judgment.subject][judgment.annotator] = verdict
    equal: dict[str, list[bool]] = defaultdict(list)
    for by_person in votes.values():
        for name, own in by_person.items():
            equal[name] += [
                verdict == own
                for other, verdict in by_person.items()
                if other != name and other not in out
            ]
    rates = {name: Rate(sum(same), len(same)) for name, same in equal.items()}
    return defaultdict(Rate, rates)


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
