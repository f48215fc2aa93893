"""Figures on the pages: a true minus, no sign for zero, and no more digits than they can bear."""

import pytest

from spuriforge.pipeline.pages.formats import percent, signed, small


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "+0.50"), (-0.5, "\N{MINUS SIGN}0.50"), (0.004, "0.00")]
)
def test_a_difference_has_its_sign(value: float, text: str) -> None:
    assert signed(value) == text


def test_an_unknown_figure_is_empty() -> None:
    assert (percent(None), small(None)) == ("", "")
    assert (percent(0.314), small(0.0314), small(0.0002)) == ("31 %", "0.031", "< 0.001")
