"""Figures over seeds: means, Student's intervals, gains paired by seed, and the number of types."""

from statistics import fmean

import numpy as np
import pytest
from scipy import stats

from spuriforge.pipeline.study.results import Results, Spread
from tests.pipeline.study.made_runs import made, run


def results(**changes: float) -> Results:
    return Results(made(**changes), ("pairs",), ("non-spurious", "without", "blind"))


def test_the_interval_is_students_as_scipy_has_it() -> None:
    values = [0.71, 0.8, 0.65, 0.9, 0.77]
    found = Spread.of(values)
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))
    assert found.above_zero
    assert not found.below_zero


def test_an_interval_stays_within_its_bounds_and_is_none_where_there_is_no_spread() -> None:
    assert Spread.of([0.9, 1.0], (0.0, 1.0)).high == 1.0
    for values in ([0.5], [0.5, 0.5, 0.5], [0.1 + 0.2, 0.3]):
        found = Spread.of(values)
        assert (found.low, found.high, found.above_zero) == (None, None, False)


def test_the_interval_holds_over_seeds() -> None:
    """Five seeds of a normal spread: 95 % intervals hold the truth about that often."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(1_000):
        found = Spread.of([float(value) for value in rng.normal(0.2, 0.1, 5)])
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.2 <= found.high
    assert 0.93 <= held / 1_000 <= 0.97


def test_a_condition_is_compared_with_the_same_seed_before() -> None:
    row = results().table["pairs"]
    assert row.before["with_cue"].value == pytest.approx(0.1)
    assert row.after["with_cue"].value == pytest.approx(0.8 + fmean([0, 0.02, 0.05]))
    assert row.change["controls"].value == pytest.approx(0.01)
    assert row.change["trained"].value == 1.0
    assert set(results().table) == {"pairs", "non-spurious", "without"}  # blind was not trained
    assert [row.is_control_group for row in results().table.values()] == [False, True, True]


def test_the_best_condition_is_the_highest_with_the_cue_and_no_control_group() -> None:
    runs = [*made(matched=0.95), *(run("group", seed, 0.9) for seed in (1, 2, 3))]
    found = Results(runs, ("pairs", "group"), ("non-spurious", "without"))
    assert found.best.condition == "group"
    assert list(found.table) == ["group", "pairs", "non-spurious", "without"]


def test_gains_are_paired_by_seed_with_an_exact_p() -> None:
    matched, without = results().gains
    assert (matched.condition, matched.control_group) == ("pairs", "non-spurious")
    differences = [0.3, 0.32, 0.35]
    assert matched.beyond.value == pytest.approx(fmean(differences))
    assert matched.beyond.low == pytest.approx(Spread.of(differences).low)
    assert matched.p == pytest.approx(1 / 8)  # three seeds, all of one sign
    assert without.beyond.value == pytest.approx(fmean([0.4, 0.44, 0.5]))


def test_a_seed_that_is_missing_pairs_with_nothing() -> None:
    runs = [run for run in made() if not (run.condition == "without" and run.seed == 2)]
    gain = Results(runs, ("pairs",), ("without",)).gains[0]
    assert gain.beyond.seeds == 2


def test_none_of_the_types_are_the_matched_baseline_and_all_the_condition_itself() -> None:
    points = results().ablation
    assert [(point.label, point.types) for point in points] == [("none", 0), ("2", 2), ("all", 4)]
    assert points[0].after["with_cue"].value == pytest.approx(0.5)
    assert points[2].after["with_cue"].value == results().best.after["with_cue"].value
    whole = [run for run in made() if run.limit is None]
    assert Results(whole, ("pairs",), ("non-spurious",)).ablation == []


def test_the_worst_held_out_type_comes_first() -> None:
    first, second = results().types
    assert (first.key, second.key) == ("type-0", "type-1")
    assert first.after == pytest.approx(fmean([0.7, 0.72, 0.75]))
    assert (first.before, first.without, first.seeds) == (0.0, 1.0, 3)
