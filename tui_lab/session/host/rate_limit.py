"""The rate at which a host passes commands on to the training loop.

Commands are handled between steps, and some write to disk: a program that sends them as fast as it can would
otherwise leave no time for training.
"""

import time
from collections.abc import Callable

PER_SECOND = 20.0
BURST = 40


class RateLimit:
    """A token bucket: `BURST` commands at once, `PER_SECOND` in the long run."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left = float(BURST)
        self._since = clock()

    def take(self) -> bool:
        """Use one token; False if none is left at the moment."""
        now = self._clock()
        self._left = min(BURST, self._left + (now - self._since) * PER_SECOND)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    @property
    def wait_s(self) -> float:
        """Seconds until there is a token; 0 if there is one now."""
        return max(0.0, (1 - self._left) / PER_SECOND)
