"""Tests and intervals against references, and what they promise against simulation."""

import itertools

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from spuriforge.pipeline.statistics import (
    association_p,
    benjamini_hochberg,
    paired_effect,
    paired_interval,
    sign_flip_p,
)


def test_association_equals_fishers_exact_test() -> None:
    for both, cue, errors, asked in [(5, 9, 12, 100), (0, 3, 4, 20), (3, 3, 3, 30)]:
        table = [[both, errors - both], [cue - both, asked - cue - errors + both]]
        assert association_p(both, cue, errors, asked) == pytest.approx(
            stats.fisher_exact(table, "greater").pvalue
        )


def test_counts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        association_p(5, 4, 10, 20)


def test_benjamini_hochberg_equals_statsmodels() -> None:
    p = [0.001, 0.2, 0.03, 0.04, 0.9]
    assert benjamini_hochberg(p) == pytest.approx(list(multipletests(p, method="fdr_bh")[1]))
    assert benjamini_hochberg([]) == []


@pytest.mark.parametrize("differences", [[1, 1, 0, -1, 1], [0.5, 0.25, -0.5, 1, 1, 0.5], [1] * 8])
def test_sign_flips_equal_enumeration(differences: list[float]) -> None:
    values = np.array(differences, float)
    means = [
        float((values * signs).mean()) for signs in itertools.product([1, -1], repeat=len(values))
    ]
    expected = np.mean([mean >= values.mean() - 1e-12 for mean in means])
    assert sign_flip_p(differences) == pytest.approx(expected)


def test_no_difference_is_no_evidence() -> None:
    assert sign_flip_p([0, 0, 0]) == 1.0
    assert sign_flip_p([]) == 1.0
    assert (sign_flip_p([0.5]), sign_flip_p([-0.5])) == (0.5, 1.0)
    with pytest.raises(ValueError, match="at least one pair"):
        paired_effect([])


def test_false_positives_stay_under_alpha() -> None:
    rng = np.random.default_rng(1)
    rejected = [
        sign_flip_p(rng.integers(0, 2, 9) - rng.integers(0, 2, 9)) <= 0.05 for _ in range(150)
    ]
    assert np.mean(rejected) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 150)


@pytest.mark.parametrize(
    ("n", "without", "with_cue"), [(10, 0.95, 0.25), (10, 0.9, 0.9), (22, 0.8, 0.5)]
)
def test_the_interval_covers_the_true_difference(n: int, without: float, with_cue: float) -> None:
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(2000):
        differences = (rng.random(n) < without).astype(float) - (rng.random(n) < with_cue)
        low, high = paired_interval(differences)
        covered += low <= without - with_cue <= high
    assert covered / 2000 >= 0.94


def test_ten_pairs_that_all_agree_still_leave_doubt() -> None:
    low, high = paired_interval([1.0] * 10)
    assert 0.4 < low < 0.7
    assert high == 1.0
