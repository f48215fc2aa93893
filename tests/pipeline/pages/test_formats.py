"""Figures on the pages: a true minus, no sign for zero, and no more digits than they can bear."""

import pytest

from spuriforge.pipeline.pages.formats import duration, percent, signed, small


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "+0.50"), (-0.5, "\N{MINUS SIGN}0.50"), (0.004, "0.00")]
)
def test_a_difference_has_its_sign(value: float, text: str) -> None:
    assert signed(value) == text


def test_an_unknown_figure_is_empty() -> None:
    assert (percent(None), small(None)) == ("", "")
    assert (percent(0.314), small(0.0314), small(0.0002)) == ("31 %", "0.031", "< 0.001")


def test_a_duration_is_in_the_units_of_a_person() -> None:
    assert [duration(value) for value in (2.04, 41, 187, 7260)] == [
        "2.0 s",
        "41 s",
        "3 min 07 s",
        "2 h 01 min",
    ]
    assert [duration(value, short=True) for value in (41, 566, 7260)] == [
        "41 s",
        "9.4 min",
        "2.0 h",
    ]
