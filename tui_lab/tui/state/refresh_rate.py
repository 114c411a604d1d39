"""How often the screen is updated: less often where an update is expensive."""

from collections.abc import Callable
from time import monotonic, thread_time

FASTEST_S, SLOWEST_S = 0.1, 0.5
"""Seconds between two updates, if they cost nothing and if they cost a lot."""
LOW_BANDWIDTH_S, LOW_BANDWIDTH_BYTES = 1.0, 1_900
"""Over a slow connection: seconds between two updates at least, and bytes a second at most."""
SHARE = 0.08
"""The fraction of one processor that updates may take: 8 ms each, ten times a second."""
_EARLY_S = 0.02
"""An update is not put off to the next look for being early by less than this."""


class RefreshRate:
    """Ten updates a second while each costs 8 ms of processor time or less, down to two if they cost 40.

    Call `begin` when an update begins and `end` once it has been drawn and sent. The processor time of the
    calling thread counts, not the time that passes: a busy machine does not make an update expensive. It is
    averaged over the latest few. If `sent`, the bytes sent so far, is set, the connection is slow: an update
    is put off until its predecessor took no more than `LOW_BANDWIDTH_BYTES` a second.
    """

    def __init__(
        self,
        fastest_s: float = FASTEST_S,
        clock: Callable[[], float] = monotonic,
        spent: Callable[[], float] = thread_time,
    ) -> None:
        self._fastest_s, self._clock, self._spent = fastest_s, clock, spent
        self.sent: Callable[[], int] = lambda: 0
        self._cost_s, self._sent_before, self._bytes = 0.0, 0, 0
        self._began = self._last = -SLOWEST_S

    @property
    def interval_s(self) -> float:
        """Seconds from one update to the next."""
        cost_s = min(self._cost_s / SHARE, SLOWEST_S)
        return max(self._fastest_s, cost_s, self._bytes / LOW_BANDWIDTH_BYTES)

    @property
    def due(self) -> bool:
        """Whether it is time for an update."""
        return self._clock() - self._last >= self.interval_s - _EARLY_S

    def begin(self) -> None:
        self._last, self._began, self._sent_before = self._clock(), self._spent(), self.sent()

    def end(self) -> None:
        self._bytes = self.sent() - self._sent_before
        self._cost_s += (self._spent() - self._began - self._cost_s) / 2
