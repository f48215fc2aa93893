"""The limit of concurrent attempts: halved once per burst of 429s, and grown again by successes."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from spuriforge.pipeline.lvlm.rate_limit import PausedTooLong, RateLimit


def _run(test: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        await test()

    asyncio.run(within())


def test_a_burst_of_429s_halves_the_pace_once() -> None:
    async def burst() -> None:
        pace = RateLimit(16)
        began = pace.now()
        for _ in range(5):
            pace.slow_down(began, None)
        assert pace.limit == 8
        await asyncio.sleep(0.01)
        pace.slow_down(pace.now(), None)
        assert pace.limit == 4

    _run(burst)


def test_the_pace_never_falls_below_one_and_grows_again_up_to_the_most() -> None:
    async def down_and_up() -> None:
        pace = RateLimit(4)
        for _ in range(6):
            await asyncio.sleep(0.002)
            pace.slow_down(pace.now(), None)
        assert pace.limit == 1
        grown = []
        for _ in range(20):
            pace.went_well()
            grown.append(pace.limit)
        # After 1, then 2, then 3 successes more.
        assert grown[:6] == [2, 2, 3, 3, 3, 4]
        assert grown[-1] == 4

    _run(down_and_up)


def test_no_more_turns_at_once_than_the_pace_allows() -> None:
    async def crowd() -> None:
        pace, now, most = RateLimit(6), 0, 0
        pace.slow_down(pace.now(), None)

        async def one() -> None:
            nonlocal now, most
            async with pace.turn(pace.now() + 5):
                now += 1
                most = max(most, now)
                await asyncio.sleep(0.001)
                now -= 1

        await asyncio.gather(*(one() for _ in range(30)))
        assert most == 3

    _run(crowd)


def test_all_wait_until_the_pause_is_over_and_none_beyond_its_deadline() -> None:
    async def pause() -> None:
        pace = RateLimit(4)
        began = pace.now()
        pace.slow_down(began, 0.1)
        pace.pause(0.01)  # does not shorten it
        async with pace.turn(began + 5):
            assert pace.now() - began >= 0.1
        pace.pause(60)
        with pytest.raises(PausedTooLong, match="asks to wait 60 s"):
            async with pace.turn(pace.now() + 5):
                pytest.fail("nobody's turn")
        assert pace.limit == 2

    _run(pause)
