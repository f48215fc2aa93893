"""A training schedule by the clock: it ends on time, however busy the machine is.

clock = Clock(minutes=4)
while not clock.done:
    rate = peak * clock.rate()
"""

import math
import time


class Clock:
    """Measures how much of a training's wall time has passed, earlier sittings included."""

    def __init__(self, minutes: float, *, spent: float = 0.0) -> None:
        self.seconds, self.began = 60 * minutes, time.monotonic() - spent

    @property
    def spent(self) -> float:
        """Seconds of training so far."""
        return time.monotonic() - self.began

    @property
    def share(self) -> float:
        """Share of the time that is over, 0 to 1."""
        return min(1.0, self.spent / self.seconds)

    @property
    def done(self) -> bool:
        """Whether the time is up."""
        return self.share >= 1.0

    def rate(self, *, warm_up: float = 0.02, hold: float = 0.0) -> float:
        """Returns the learning rate as a share of its peak.

        It rises linearly, stays until a share `hold` of the time, and falls to 0 by a half cosine.
        """
        share = self.share
        if share < warm_up:
            return share / warm_up
        start = max(warm_up, hold)
        return (
            1.0 if share < start else 0.5 * (1 + math.cos(math.pi * (share - start) / (1 - start)))
        )
