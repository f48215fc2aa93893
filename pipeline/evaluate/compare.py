"""Comparisons of models: a permutation test over types per pair of models, corrected by Holm.

    compare({"a": {type: accuracy, ...}, "b": {...}}, "with_cue")

A model's answers within a type are dependent, so whole types are swapped between the two models:
under the null hypothesis each type's difference may change its sign. Exact up to 14 types.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import isnan

import numpy as np
from scipy import stats

from ..statistics import RESAMPLES
from .figures import DIFFERENCES
from .intervals import DIFFERENCE, macro

#: The figures that models are compared on.
COMPARED = ("with_cue", "gap")
#: What differences of gaps lie between.
_WIDER = (-2.0, 2.0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first model's figure less the second's, over the types that both answered."""

    figure: str
    first: str
    second: str
    difference: float
    low: float | None
    high: float | None
    p: float
    #: p after Holm, over all pairs of models on this figure: under .05 the difference stands.
    holm: float
    types: int


def compare(scores: Mapping[str, Mapping[str, float]], figure: str) -> list[Comparison]:
    """Compares every pair of models, in order; `scores` is model -> type -> its figure there."""
    comparisons = []
    for first, second in combinations(scores, 2):
        shared = sorted(scores[first].keys() & scores[second].keys())
        if shared:
            comparisons.append(
                _compared(
                    figure,
                    first,
                    second,
                    [scores[first][cue_type] - scores[second][cue_type] for cue_type in shared],
                )
            )
    adjusted = holm([comparison.p for comparison in comparisons])
    return [
        replace(comparison, holm=p) for comparison, p in zip(comparisons, adjusted, strict=True)
    ]


def _compared(figure: str, first: str, second: str, differences: Sequence[float]) -> Comparison:
    estimate = macro(
        [[difference] for difference in differences],
        _WIDER if figure in DIFFERENCES else DIFFERENCE,
    )
    known = not isnan(estimate.low)
    return Comparison(
        figure,
        first,
        second,
        estimate.value,
        estimate.low if known else None,
        estimate.high if known else None,
        two_sided_p(differences),
        1.0,
        len(differences),
    )


def two_sided_p(differences: Sequence[float], seed: int = 0) -> float:
    """Returns the two-sided sign-flip p of a mean difference; 1 for one type or no difference."""
    values = np.asarray(differences, float)
    if len(values) < 2 or not values.any():
        return 1.0
    tested = stats.permutation_test(
        (values,),
        lambda x, axis: x.mean(axis=axis),
        permutation_type="samples",
        alternative="two-sided",
        n_resamples=RESAMPLES,
        vectorized=True,
        rng=np.random.default_rng(seed),
    )
    return float(tested.pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p of each test, in the order given: rejecting those under a keeps the chance of any
    false one under a.

    Holm (1979): the k-th smallest of m is multiplied by m - k + 1, and no p is smaller than one
    before it.
    """
    order = np.argsort(p_values, kind="stable")
    scaled = np.asarray(p_values, float)[order] * np.arange(len(order), 0, -1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(p_value) for p_value in adjusted]
