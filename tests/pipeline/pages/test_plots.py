"""Plots escape their labels and stay inside their frame; their intervals are Wilson's."""

import re

import pytest

from spuriforge.pipeline.pages.plots import Point, Share, scatter, wilson


def test_wilson_s_interval_is_the_textbook_one() -> None:
    assert wilson(0.5, 10).low == pytest.approx(0.2366, abs=1e-4)
    assert wilson(0.5, 10).high == pytest.approx(0.7634, abs=1e-4)
    assert wilson(1.0, 10).low == pytest.approx(0.7225, abs=1e-4)
    assert wilson(1.0, 10).high <= 1.0
    assert wilson(0.3, 0) == Share(0.3, 0.0, 1.0)


def test_plots_escape_their_labels_and_stay_inside() -> None:
    point = Point("<b>", Share(0.5, -2.0, 3.0), Share(0.4, 0.1, 0.7), real=False)
    drawn = scatter([point], 0.2, size=460)
    assert "<b>" not in drawn
    assert all(
        -1 <= float(value) <= 461
        for value in re.findall(r' (?:x1|x2|y1|y2|cx|cy)="(-?[\d.]+)"', drawn)
    )
