"""The tests and intervals, each a small pure function over numbers.

scipy does the exact work: the hypergeometric tail, the sign-flip permutation test,
Benjamini-Hochberg.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np
from scipy import stats

#: Number of sign flips: all of them for up to 14 pairs, which is exact; drawn ones for more pairs.
RESAMPLES = 2**14
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Effect:
    """A mean paired difference with its 95 % interval and one-sided p."""

    mean: float
    low: float
    high: float
    p: float


def association_p(with_both: int, with_cue: int, errors: int, asked: int) -> float:
    """Returns the one-sided Fisher exact p that the cue goes with the error.

    P(X >= with_both), X hypergeometric: `with_both` errors show the cue, of `with_cue` questions
    that show it, `errors` errors and `asked` questions.
    """
    if not 0 <= with_both <= min(with_cue, errors) <= max(with_cue, errors) <= asked:
        raise ValueError("The four counts of an association do not fit together.")
    return float(stats.hypergeom.sf(with_both - 1, asked, with_cue, errors))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Returns the adjusted p (q) of each test, in the order given.

    Rejecting where q <= a keeps the false-discovery rate at a.
    """
    return (
        [float(q) for q in stats.false_discovery_control(p_values, method="bh")]
        if len(p_values)
        else []
    )


def sign_flip_p(differences: Sequence[float], seed: int = 0) -> float:
    """Returns the one-sided paired permutation p that the mean difference is above zero.

    Under the null each pair's arms could be swapped, so each difference may change its sign. Exact
    for up to 14 differences; 1 for none.
    """
    return _sign_flip_p(tuple(float(difference) for difference in differences), seed)


@lru_cache(maxsize=2**14)
def _sign_flip_p(differences: tuple[float, ...], seed: int) -> float:
    """The cached test: a run weighs the same differences many times, and a test takes 10 ms."""
    values = np.asarray(differences, float)
    if not len(values) or not values.any():
        return 1.0
    if len(values) == 1:
        return 0.5 if values[0] > 0 else 1.0  # scipy needs at least two.
    tested = stats.permutation_test(
        (values,),
        lambda x, axis: x.mean(axis=axis),
        permutation_type="samples",
        alternative="greater",
        n_resamples=RESAMPLES,
        vectorized=True,
        rng=np.random.default_rng(seed),
    )
    return float(tested.pvalue)


def paired_interval(differences: Sequence[float]) -> tuple[float, float]:
    """Returns the 95 % interval of a mean of paired differences in [-1, 1].

    Bonett and Price (2012): two pseudo-pairs, one of each sign, join the sample. Unlike the
    bootstrap it does not shrink to a point when all of ten pairs agree.
    """
    values = np.asarray(differences, float)
    n = len(values) + 2
    mean = values.sum() / n
    half = _Z * sqrt(max(0.0, (np.square(values).sum() + 2) / n - mean**2) / n)
    return float(max(-1.0, mean - half)), float(min(1.0, mean + half))


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """Returns Wilson's 95 % interval of a share of `count`.

    The share may be a mean of shares, which scipy's version cannot take.
    """
    if count <= 0:
        return 0.0, 1.0
    z2 = _Z**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = sqrt(z2 * (share * (1 - share) / count + z2 / (4 * count**2))) / (1 + z2 / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def paired_effect(differences: Sequence[float], seed: int = 0) -> Effect:
    """Returns the mean, interval and one-sided p of paired differences in [-1, 1]."""
    if not len(differences):
        raise ValueError("An effect needs at least one pair.")
    low, high = paired_interval(differences)
    return Effect(float(np.mean(differences)), low, high, sign_flip_p(differences, seed))
