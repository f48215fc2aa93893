"""A leaderboard for all tests that only look at one."""

import pytest

from spuriforge.pipeline.evaluate.leaderboard import Leaderboard
from tests.pipeline.evaluate.tiny import board_of, write_release


@pytest.fixture(scope="session")
def board(tmp_path_factory: pytest.TempPathFactory) -> Leaderboard:
    """One leaderboard for all tests that only look."""
    return board_of(write_release(tmp_path_factory.mktemp("release"), types=3))
