"""Comparing models: p as scipy counts it, Holm as statsmodels does, and no more false alarms than
alpha.
"""

from itertools import product

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from spuriforge.pipeline.evaluate.compare import compare, holm, two_sided_p
from tests.bench_evaluate import false_positives


@pytest.mark.parametrize("seed", range(4))
def test_holm_is_that_of_statsmodels(seed: int) -> None:
    p_values = np.random.default_rng(seed).random(12) ** 3
    assert holm(list(p_values)) == pytest.approx(multipletests(p_values, method="holm")[1])


def test_holm_of_one_and_of_none() -> None:
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


def test_few_types_are_counted_out() -> None:
    """All 2 ** 8 sign flips by hand; two-sided is twice the smaller side."""
    differences = np.array([0.3, 0.1, 0.2, -0.1, 0.4, 0.05, 0.3, -0.2])
    flips = np.array(list(product([1, -1], repeat=8))) @ differences
    upper, lower = (
        (flips >= differences.sum() - 1e-12).mean(),
        (flips <= differences.sum() + 1e-12).mean(),
    )
    assert two_sided_p(differences) == pytest.approx(2 * min(upper, lower))


def test_many_types_agree_with_a_permutation_test_of_scipy() -> None:
    rng = np.random.default_rng(8)
    first, second = rng.random(30), rng.random(30)
    theirs = stats.permutation_test(
        (first, second),
        lambda a, b, axis: (a - b).mean(axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
        rng=9,
    ).pvalue
    assert two_sided_p(first - second) == pytest.approx(theirs, abs=0.015)


def test_it_does_not_matter_which_model_is_first() -> None:
    differences = np.random.default_rng(4).normal(0.1, 0.2, 12)
    assert two_sided_p(differences) == pytest.approx(two_sided_p(-differences))


@pytest.mark.parametrize("differences", [[], [0.9], [0.0, 0.0, 0.0]])
def test_what_can_show_nothing_has_p_one(differences: list[float]) -> None:
    assert two_sided_p(differences) == 1.0


def test_models_are_compared_on_the_types_that_both_answered() -> None:
    good = {f"t{number}": 0.9 for number in range(10)}
    bad = {f"t{number}": 0.2 for number in range(8)}
    rows = compare({"good": good, "bad": bad, "elsewhere": {"u": 0.5}}, "with_cue")
    (only,) = rows
    assert (only.first, only.second, only.types) == ("good", "bad", 8)
    assert only.difference == pytest.approx(0.7)
    assert only.p == only.holm == pytest.approx(2 / 2**8)


def test_p_is_adjusted_over_all_pairs() -> None:
    rng = np.random.default_rng(2)
    scores = {
        name: {f"t{n}": float(value) for n, value in enumerate(rng.random(9))} for name in "abc"
    }
    rows = compare(scores, "gap")
    assert [(row.first, row.second) for row in rows] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [row.holm for row in rows] == pytest.approx(
        multipletests([row.p for row in rows], method="holm")[1]
    )


def test_equal_models_are_called_different_no_more_often_than_alpha() -> None:
    """A small run of tests/bench_evaluate.py: 250 pairs of models, exact tests on ten types."""
    assert false_positives(types=10, images=5, times=250, alpha=0.1) <= 0.14
