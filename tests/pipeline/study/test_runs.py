"""One run's record: its figures are means over types, and it survives its table."""

import math

import pytest

from spuriforge.pipeline.arrow import from_table, to_table
from spuriforge.pipeline.study.runs import DIFFERENCES, FIGURES, StudyRun
from tests.pipeline.study.made_runs import run


def test_a_runs_figures_are_means_over_its_types() -> None:
    figures = run("pairs", 1, 0.6).figures
    assert figures["with_cue"] == pytest.approx(0.6)
    assert figures["gap"] == pytest.approx(0.95 - 0.6)
    assert figures["placebo"] == 1.0  # of the one type that has placebos
    assert figures["trained"] == 1.0
    assert "controls" not in run("pairs", 1, 0.6, controls=None).figures


def test_a_run_survives_its_table() -> None:
    one = run("pairs", 1, 0.8)
    (again,) = from_table(to_table([one], StudyRun), StudyRun)
    assert math.isnan(again.placebo[1])
    assert (again.figures, again.types, again.held_out) == (one.figures, one.types, one.held_out)


def test_figures_come_in_the_order_of_the_list() -> None:
    assert list(run("pairs", 1, 0.6).figures) == list(FIGURES)
    assert set(DIFFERENCES) < set(FIGURES)


def test_a_run_without_held_out_types_has_no_held_out_figures() -> None:
    record = run("pairs", 1, 0.6, held_out=(False, False, False), controls=None)
    assert record.figures == {"trained": pytest.approx((0.5 + 0.7 + 1.0) / 3)}


def test_trained_types_are_those_not_held_out() -> None:
    record = run("pairs", 1, 0.6, held_out=(True, False, False))
    assert record.trained == ["type-1", "type-2"]
    assert record.trained_mean(["type-1"]) == pytest.approx(0.7)
    assert record.trained_mean(["type-1", "type-2"]) == pytest.approx(0.85)
    assert math.isnan(record.trained_mean(["type-0"]))
