"""How far the annotators agree: the newest judgments, and Krippendorff's alpha with its interval.

    alpha = agreement(judgments, "cue", controls)    # Alpha(value=.81, low=.74, high=.88, subjects=40, ...)

Abstentions (skipped, unsure) are no votes: alpha takes them as missing. Controls are left out, for
their answers are known and would flatter it; what the votes decide is in `decisions.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .records import Control, Judgment

#: The verdict that is no vote, and that of a decision in which nobody voted.
ABSTAINED = "unsure"
#: What the source of a judgment from an adjudication project has in it.
ADJUDICATION = "adjudication"


@dataclass(frozen=True, slots=True)
class Alpha:
    """Krippendorff's nominal alpha, its bootstrap 95 % interval over subjects, and what it was
    computed from.

    The figures are None where no two votes are of one subject, or all votes are one verdict: there
    is nothing to say.
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


def without_controls(judgments: Iterable[Judgment], controls: Iterable[Control]) -> list[Judgment]:
    """The judgments of subjects that somebody wants to know about, in the order given."""
    known = {(one.project, one.subject) for one in controls}
    return [one for one in judgments if (one.project, one.subject) not in known]


# --- agreement ------------------------------------------------------------------------------------


def krippendorff_alpha(ratings: Sequence[Sequence[str | None]]) -> float | None:
    """Nominal alpha of ratings, one row an annotator and one column a subject, None where one did
    not rate.

    1 - observed over expected disagreement of the values of subjects rated twice or more
    (Krippendorff 2011).
    """
    columns = zip(*ratings, strict=True) if ratings else iter(())
    counts = _counts([[value for value in column if value is not None] for column in columns])
    return _alpha(counts)


def agreement(
    judgments: Iterable[Judgment],
    project: str,
    controls: Iterable[Control] = (),
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Alpha:
    """Alpha of a project's newest votes, controls aside; the interval from subjects drawn anew
    `resamples` times.

    Leave out the judgments that do not count first (`decisions.counted`). Adjudicators see what
    others said, so their votes are no independent ones.
    """
    asked = without_controls(latest(judgments), controls)
    ours = [one for one in asked if one.project == project and ADJUDICATION not in one.source]
    votes = defaultdict(list)
    for one in ours:
        if (said := vote(one)) is not None:
            votes[one.subject].append(said)
    counts = _counts(list(votes.values()))
    low, high = _interval(counts, resamples, seed)
    rated = int(counts.sum())
    return Alpha(
        _alpha(counts), low, high, len(counts), rated, sum(vote(one) is None for one in ours)
    )


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
    """The middle 95 % of alpha over subjects drawn with replacement; draws of one verdict only say
    nothing.
    """
    drawn = np.random.default_rng(seed)
    size = len(counts)
    draws = (counts[drawn.integers(0, size, size)] for _ in range(resamples if size else 0))
    said = [value for draw in draws if (value := _alpha(draw)) is not None]
    if not said:
        return None, None
    low, high = np.quantile(said, (0.025, 0.975))
    return float(low), float(high)
