"""What the annotators say together: the newest judgments, Krippendorff's alpha with its interval, and the decisions.

    alpha = agreement(judgments, "cue")             # Alpha(value=.81, low=.74, high=.88, subjects=40, ...)
    for decision in decide(judgments, "cue"): ...   # the majority; a tie has the verdict "tie" and is not accepted

Abstentions (skipped, unsure) are no votes: they neither win nor break a tie, and alpha takes them as missing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .records import Decision, Judgment, key_of

#: The verdict that accepts a subject, by project.
ACCEPTING = {"cue": "spurious", "pair": "good"}
#: The verdict of a decision in which no verdict has more votes than any other.
TIE = "tie"
#: The verdict of a decision in which nobody voted.
ABSTAINED = "unsure"
#: What the source of a judgment from an adjudication project has in it.
ADJUDICATION = "adjudication"
_TEXTS = ("cue", "core", "description_with", "description_without")


@dataclass(frozen=True, slots=True)
class Alpha:
    """Krippendorff's nominal alpha, its bootstrap 95 % interval over subjects, and what it was computed from.

    The figures are None where no two votes are of one subject, or all votes are one verdict: there is nothing to say.
    """

    value: float | None
    low: float | None
    high: float | None
    #: Subjects with two votes or more, votes on them, and abstentions on any subject.
    subjects: int
    votes: int
    abstentions: int


def latest(judgments: Iterable[Judgment]) -> list[Judgment]:
    """The newest version of each judgment, by project, subject and annotator, in that order."""
    newest: dict[tuple[str, str, str], Judgment] = {}
    for one in sorted(judgments, key=lambda one: (one.updated_at, one.key)):
        newest[one.project, one.subject, one.annotator] = one
    return [newest[key] for key in sorted(newest)]


def vote(judgment: Judgment) -> str | None:
    """The verdict that counts, or None for an abstention."""
    return None if judgment.skipped or judgment.verdict == ABSTAINED else judgment.verdict


# --- agreement ---------------------------------------------------------------------------------------------------


def krippendorff_alpha(ratings: Sequence[Sequence[str | None]]) -> float | None:
    """Nominal alpha of ratings, one row an annotator and one column a subject, None where one did not rate.

    1 - observed over expected disagreement of the values of subjects rated twice or more (Krippendorff 2011).
    """
    columns = zip(*ratings, strict=True) if ratings else iter(())
    counts = _counts([[value for value in column if value is not None] for column in columns])
    return _alpha(counts)


def agreement(judgments: Iterable[Judgment], project: str, *, resamples: int = 2000, seed: int = 0) -> Alpha:
    """Alpha of a project's newest votes; the interval from subjects drawn anew `resamples` times."""
    ours = [one for one in latest(judgments) if one.project == project and ADJUDICATION not in one.source]
    votes = defaultdict(list)
    for one in ours:
        if (said := vote(one)) is not None:
            votes[one.subject].append(said)
    counts = _counts(list(votes.values()))
    low, high = _interval(counts, resamples, seed)
    rated = int(counts.sum())
    return Alpha(_alpha(counts), low, high, len(counts), rated, sum(vote(one) is None for one in ours))


def _counts(rated: Sequence[Sequence[str]]) -> np.ndarray:
    """How often each verdict was given (column) to each subject with two votes or more (row)."""
    verdicts = sorted({value for values in rated for value in values})
    rows = [[values.count(verdict) for verdict in verdicts] for values in rated if len(values) > 1]
    return np.asarray(rows, float).reshape(len(rows), len(verdicts))


def _alpha(counts: np.ndarray) -> float | None:
    """Alpha of counts (subjects, verdicts); None where all votes are one verdict."""
    by_subject, by_verdict, total = counts.sum(1), counts.sum(0), counts.sum()
    expected = total**2 - (by_verdict**2).sum()
    if not expected:
        return None
    observed = ((by_subject**2 - (counts**2).sum(1)) / (by_subject - 1)).sum()
    return float(1 - (total - 1) * observed / expected)


def _interval(counts: np.ndarray, resamples: int, seed: int) -> tuple[float | None, float | None]:
    """The middle 95 % of alpha over subjects drawn with replacement; draws of one verdict only say nothing."""
    drawn = np.random.default_rng(seed)
    size = len(counts)
    draws = (counts[drawn.integers(0, size, size)] for _ in range(resamples if size else 0))
    said = [value for draw in draws if (value := _alpha(draw)) is not None]
    if not said:
        return None, None
    low, high = np.quantile(said, (0.025, 0.975))
    return float(low), float(high)


# --- decisions ---------------------------------------------------------------------------------------------------


def decide(judgments: Iterable[Judgment], project: str) -> list[Decision]:
    """One decision for each subject of a project that anyone judged, in the order of the subjects' keys."""
    by_subject = defaultdict(list)
    for one in latest(judgments):
        if one.project == project:
            by_subject[one.subject].append(one)
    return [_decision(project, subject, by_subject[subject]) for subject in sorted(by_subject)]


def ties(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions that wait for one more vote."""
    return [one for one in decisions if one.verdict == TIE]


def _decision(project: str, subject: str, judged: list[Judgment]) -> Decision:
    """The majority of one subject's votes, with the texts of those who gave it."""
    tally = Counter(said for one in judged if (said := vote(one)) is not None)
    verdict, won = _majority(tally)
    voters = [one for one in judged if vote(one) == verdict]
    return Decision(
        key=key_of(project, subject, sorted(_said(one) for one in judged)),
        project=project,
        subject=subject,
        verdict=verdict,
        accepted=verdict == ACCEPTING[project],
        votes=tally.total(),
        agreement=won / tally.total() if tally else 0.0,
        adjudicated=verdict not in (TIE, ABSTAINED) and any(ADJUDICATION in one.source for one in judged if vote(one)),
        **_texts(voters),
    )


def _said(one: Judgment) -> list[str]:
    """All of a judgment that a decision rests on: not when it was made, nor by which server it came."""
    texts = [getattr(one, name) or "" for name in _TEXTS]
    return [one.annotator, vote(one) or "", str(ADJUDICATION in one.source), *texts]


def _majority(tally: Mapping[str, int]) -> tuple[str, int]:
    """The verdict with more votes than any other and its votes; "tie" or, without votes, "unsure"."""
    if not tally:
        return ABSTAINED, 0
    won = max(tally.values())
    winners = [verdict for verdict, votes in tally.items() if votes == won]
    return (winners[0] if len(winners) == 1 else TIE), won


def _texts(voters: Sequence[Judgment]) -> dict[str, str | None]:
    """Each text as most of the voters wrote it; of equally many, as the first by name did."""
    texts: dict[str, str | None] = {}
    for name in _TEXTS:
        written = [text for one in sorted(voters, key=lambda one: one.annotator) if (text := getattr(one, name))]
        texts[name] = Counter(written).most_common(1)[0][0] if written else None
    return texts
