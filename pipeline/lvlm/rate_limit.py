"""How many attempts an endpoint gets at once: fewer while it says 429, more again while all goes
well.

    pace = RateLimit(settings.concurrency)
    async with pace.turn(deadline):        # waits for its turn, and until a Retry-After is over
        began = pace.now()
        ...
    pace.slow_down(began, retry_after)     # a 429
    pace.went_well()                       # a success

Additive increase, multiplicative decrease, as TCP does it: halved at most once a burst, since the
attempts that were already under way when it was halved say nothing of the new pace; one more after
as many successes as run at once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter


class PausedTooLong(Exception):
    """The endpoint asks to wait until after the call's deadline."""


class RateLimit:
    """One endpoint's pace; used from one event loop."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._limiter = CapacityLimiter(most)
        self._successes = 0
        self._slowed_at = self._resumes_at = float("-inf")

    @property
    def limit(self) -> int:
        """Attempts at once at present."""
        return int(self._limiter.total_tokens)

    def now(self) -> float:
        """The event loop's clock, by which deadlines are meant here."""
        return asyncio.get_running_loop().time()

    @asynccontextmanager
    async def turn(self, deadline: float) -> AsyncIterator[None]:
        """Holds one place while an attempt is made; PausedTooLong where the pause outlasts
        `deadline`.
        """
        async with self._limiter:
            while (wait := self._resumes_at - self.now()) > 0:
                if self._resumes_at > deadline:
                    raise PausedTooLong(f"it asks to wait {wait:.0f} s")
                await asyncio.sleep(wait)
            yield

    def slow_down(self, began: float, retry_after: float | None) -> None:
        """Half the pace for what comes, unless it was halved after `began`; all wait `retry_after`
        seconds.
        """
        if began > self._slowed_at:
            self._limiter.total_tokens = max(1, self.limit // 2)
            self._slowed_at = self.now()
        self._successes = 0
        self.pause(retry_after)

    def pause(self, retry_after: float | None) -> None:
        """Nobody starts for so many seconds; a shorter wish does not shorten a longer one."""
        self._resumes_at = max(self._resumes_at, self.now() + (retry_after or 0))

    def went_well(self) -> None:
        """Counts a success; after as many as run at once, one more may."""
        self._successes += 1
        if self._successes >= self.limit and self.limit < self.most:
            self._limiter.total_tokens = self.limit + 1
            self._successes = 0
