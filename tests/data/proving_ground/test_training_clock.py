"""A training ends on time, with a rate of zero."""

import pytest

from spuriforge.data.proving_ground.training_clock import Clock


def test_a_clock_ends_with_a_rate_of_zero() -> None:
    assert Clock(10).rate() < 0.01
    assert Clock(10, spent=60).rate(hold=0.5) == 1.0
    over = Clock(1, spent=61)
    assert over.done
    assert over.rate() == pytest.approx(0)
