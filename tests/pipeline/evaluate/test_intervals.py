"""The intervals against scipy where it has the same, against simulation, and at their edges."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from spuriforge.pipeline.evaluate.intervals import (
    DIFFERENCE,
    RESAMPLES,
    SHARE,
    Array,
    drawn,
    macro,
    single,
    worst,
)
from tests.bench_evaluate import coverage


def test_resamples_are_those_of_the_bootstrap() -> None:
    """scipy's percentile interval of the same mean, from other random numbers."""
    means = np.random.default_rng(1).random(24)
    ours = np.quantile(drawn(24) @ means / 24, [0.025, 0.975])
    theirs = stats.bootstrap(
        (means,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=2
    ).confidence_interval
    assert ours == pytest.approx([theirs.low, theirs.high], abs=0.01)
    assert (drawn(24).sum(1) == 24).all()


def test_with_many_alike_types_it_is_the_t_interval() -> None:
    values = np.random.default_rng(3).normal(0.5, 0.1, (400, 5)).clip(0, 1)
    means = values.mean(1)
    theirs = stats.t.interval(0.95, len(means) - 1, means.mean(), stats.sem(means))
    found = macro(list(values), (0.0, 1.0))
    assert found.value == pytest.approx(means.mean())
    assert (found.low, found.high) == pytest.approx(theirs, abs=0.0015)


def test_skewed_accuracies_give_a_skewed_interval() -> None:
    found = macro([[0.0]] * 20 + [[1.0], [0.9], [0.8], [1.0]], SHARE)
    assert found.high - found.value > 1.2 * (found.value - found.low)


@pytest.mark.parametrize(("value", "bounds"), [(1.0, SHARE), (0.0, SHARE), (0.0, DIFFERENCE)])
def test_where_all_agree_the_interval_is_no_point(
    value: float, bounds: tuple[float, float]
) -> None:
    """About the rule of three: nothing in 240 says under 1.25 %."""
    found = macro([[value] * 10] * 24, bounds)
    width = found.high - found.low
    assert found.low <= value <= found.high
    assert 0.01 < width < 0.03


def test_one_type_has_no_interval_and_the_ends_stay_in_bounds() -> None:
    assert np.isnan(macro([[1, 0, 1]], SHARE).low)
    assert np.isnan(worst([0.3]).low)
    found = macro([[0.0], [1.0], [1.0]], SHARE)
    assert (found.low, found.high) == (0.0, 1.0)


def test_single_images_have_wilsons_interval() -> None:
    found = single([1.0] * 11 + [0.0], SHARE)
    theirs = stats.binomtest(11, 12).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))
    assert single([0.0] * 50, DIFFERENCE).low < 0 < single([0.0] * 50, DIFFERENCE).high
    assert np.isnan(single([1.0], SHARE).low)


def test_a_type_counts_once_however_many_images_it_has() -> None:
    assert macro([[1.0] * 100, [0.0]], SHARE).value == 0.5


def test_the_same_values_give_the_same_interval() -> None:
    groups = [list(row) for row in np.random.default_rng(5).random((12, 4))]
    assert macro(groups, SHARE) == macro(groups, SHARE)


@pytest.mark.parametrize(("count", "wanted"), [(5, 1), (10, 1), (11, 2), (24, 3)])
def test_the_worst_tenth_is_rounded_up(count: int, wanted: int) -> None:
    values = [float(number) / count for number in range(count)]
    found = worst(values[::-1])
    assert found.value == pytest.approx(np.mean(values[:wanted]))
    assert found.low <= found.value <= found.high


def _worst_of(values: Array) -> Callable[[Array], float]:
    return lambda picked: float(np.sort(values[picked])[: int(np.ceil(len(values) / 10))].mean())


def test_the_worst_of_each_resample_is_what_sorting_it_gives() -> None:
    values = np.random.default_rng(6).random(24)
    rng, of = np.random.default_rng(7), _worst_of(values)
    by_hand = [of(rng.integers(0, 24, 24)) for _ in range(4_000)]
    cut = float(stats.norm.cdf(-np.sqrt(24 / 23) * stats.t.ppf(0.975, 23)))
    found = worst(list(values))
    assert [found.low, found.high] == pytest.approx(np.quantile(by_hand, [cut, 1 - cut]), abs=0.02)


@pytest.mark.parametrize("world", ["accuracy .2, types differ", "gap .7"])
def test_intervals_hold_the_truth_as_often_as_they_say(world: str) -> None:
    """Runs tests/bench_evaluate.py on 300 releases: two standard errors are 2.5 points."""
    held, _ = coverage(world, types=24, images=10, times=300)
    assert 0.925 <= held <= 0.98
