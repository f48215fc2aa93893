"""How far the annotators agree: Krippendorff's alpha of the newest judgments, with its interval.

    alpha = agreement(judgments, "cue", catch_trials)    # Alpha(value=.81, low=.74, high=.88, ...)

Abstentions (skipped, unsure) are missing values. Tasks with known answers are left out, since they
would flatter alpha. `decisions.py` has the rules by which votes decide.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .records import CatchTrial, Judgment

#: The verdict that is no vote, and the verdict of a decision in which nobody voted.
ABSTAINED = "unsure"
#: Part of the source of a judgment that comes from an adjudication project.
ADJUDICATION = "adjudication"


@dataclass(frozen=True, slots=True)
class Alpha:
    """Krippendorff's nominal alpha, its bootstrap 95 % interval over subjects, and its base.

    The figures are None where no subject has two votes, or all votes are one verdict.
    """

    value: float | None
    low: float | None
    high: float | None
    #: Subjects with two votes or more, votes on them, and abstentions on any subject.
    subjects: int
    votes: int
    abstentions: int


def latest(judgments: Iterable[Judgment]) -> list[Judgment]:
    """Returns the newest version of each judgment, ordered by project, subject and annotator."""
    newest: dict[tuple[str, str, str], Judgment] = {}
    for judgment in sorted(judgments, key=lambda judgment: (judgment.updated_at, judgment.key)):
        newest[judgment.project, judgment.subject, judgment.annotator] = judgment
    return [newest[key] for key in sorted(newest)]


def vote(judgment: Judgment) -> str | None:
    """Returns the verdict that counts, or None for an abstention."""
    return None if judgment.skipped or judgment.verdict == ABSTAINED else judgment.verdict


def without_catch_trials(
    judgments: Iterable[Judgment], catch_trials: Iterable[CatchTrial]
) -> list[Judgment]:
    """Returns the judgments of subjects without a known answer, in the order given."""
    known = {(catch_trial.project, catch_trial.subject) for catch_trial in catch_trials}
    return [judgment for judgment in judgments if (judgment.project, judgment.subject) not in known]


# --- agreement ------------------------------------------------------------------------------------


def agreement(
    judgments: Iterable[Judgment],
    project: str,
    catch_trials: Iterable[CatchTrial] = (),
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Alpha:
    """Returns alpha of a project's newest votes, with an interval over resampled subjects.

    Leave out the judgments that do not count first (`decisions.counted`). Adjudicators see the
    others' judgments, so their votes are not independent and are left out here.
    """
    asked = without_catch_trials(latest(judgments), catch_trials)
    independent = [
        judgment
        for judgment in asked
        if judgment.project == project and ADJUDICATION not in judgment.source
    ]
    votes = defaultdict(list)
    for judgment in independent:
        if (verdict := vote(judgment)) is not None:
            votes[judgment.subject].append(verdict)
    counts = _counts(list(votes.values()))
    low, high = _interval(counts, resamples, seed)
    abstentions = sum(vote(judgment) is None for judgment in independent)
    return Alpha(_alpha(counts), low, high, len(counts), int(counts.sum()), abstentions)


def _counts(rated: Sequence[Sequence[str]]) -> np.ndarray:
    """Returns how often each verdict (column) was given to each subject with two votes (row)."""
    verdicts = sorted({value for values in rated for value in values})
    rows = [[values.count(verdict) for verdict in verdicts] for values in rated if len(values) > 1]
    return np.asarray(rows, float).reshape(len(rows), len(verdicts))


def _alpha(counts: np.ndarray) -> float | None:
    """Returns alpha of counts (subjects, verdicts), or None where all votes are one verdict.

    1 - observed over expected disagreement of the votes on a subject (Krippendorff 2011).
    """
    by_subject, by_verdict, total = counts.sum(1), counts.sum(0), counts.sum()
    expected = total**2 - (by_verdict**2).sum()
    if not expected:
        return None
    observed = ((by_subject**2 - (counts**2).sum(1)) / (by_subject - 1)).sum()
    return float(1 - (total - 1) * observed / expected)


def _interval(counts: np.ndarray, resamples: int, seed: int) -> tuple[float | None, float | None]:
    """Returns the middle 95 % of alpha over subjects drawn with replacement.

    Draws with a single verdict have no alpha and are skipped.
    """
    drawn = np.random.default_rng(seed)
    size = len(counts)
    draws = (counts[drawn.integers(0, size, size)] for _ in range(resamples if size else 0))
    values = [value for draw in draws if (value := _alpha(draw)) is not None]
    if not values:
        return None, None
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
