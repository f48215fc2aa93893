"""The limit of concurrent attempts at an endpoint: lower after a 429, higher again after successes.

    rate_limit = RateLimit(settings.concurrency)
    async with rate_limit.turn(deadline):        # waits for a slot, and for a Retry-After to end
        began = rate_limit.now()
        ...
    rate_limit.slow_down(began, retry_after)     # after a 429
    rate_limit.went_well()                       # after a success

Additive increase and multiplicative decrease, as in TCP. The limit halves at most once per burst,
because attempts that were already under way say nothing about the new limit. It grows by one after
as many successes as may run at once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter


class PausedTooLong(Exception):
    """The endpoint asks to wait until after the call's deadline."""


class RateLimit:
    """One endpoint's limit, for use from one event loop."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._limiter = CapacityLimiter(most)
        self._successes = 0
        self._slowed_at = self._resumes_at = float("-inf")

    @property
    def limit(self) -> int:
        """The present limit of concurrent attempts."""
        return int(self._limiter.total_tokens)

    def now(self) -> float:
        """Returns the event loop's time, the clock of all deadlines here."""
        return asyncio.get_running_loop().time()

    @asynccontextmanager
    async def turn(self, deadline: float) -> AsyncIterator[None]:
        """Holds a slot during an attempt; PausedTooLong if the pause outlasts `deadline`."""
        async with self._limiter:
            while (wait := self._resumes_at - self.now()) > 0:
                if self._resumes_at > deadline:
                    raise PausedTooLong(f"it asks to wait {wait:.0f} s")
                await asyncio.sleep(wait)
            yield

    def slow_down(self, began: float, retry_after: float | None) -> None:
        """Halves the limit, unless halved since `began`, and pauses `retry_after` seconds."""
        if began > self._slowed_at:
            self._limiter.total_tokens = max(1, self.limit // 2)
            self._slowed_at = self.now()
        self._successes = 0
        self.pause(retry_after)

    def pause(self, retry_after: float | None) -> None:
        """Lets nothing start for some seconds; a shorter pause never cuts a longer one."""
        self._resumes_at = max(self._resumes_at, self.now() + (retry_after or 0))

    def went_well(self) -> None:
        """Counts a success; after as many as run at once, raises the limit by one."""
        self._successes += 1
        if self._successes >= self.limit and self.limit < self.most:
            self._limiter.total_tokens = self.limit + 1
            self._successes = 0
