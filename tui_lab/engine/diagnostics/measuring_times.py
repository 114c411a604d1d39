"""When to measure the layers: soon after the start and after an edit, later within a share of the time."""

import sys
from collections.abc import Callable
from math import ceil, inf
from time import perf_counter

CREDIT_S = 0.05
"""What measuring may take beyond its share of the time, so that the first steps of a fast run are seen."""
_PER_DOUBLING = 64
"""About as many measurements are made until the number of steps has doubled: a long run gets few more."""


class MeasuringTimes:
    """Decides by the steps and, where those come due, by the clock.

    `due_at`: no measurement is due before that many updates. With a share of 0 none ever is; with an infinite
    one, each update is measured.
    """

    def __init__(self, share: float, clock: Callable[[], float] = perf_counter) -> None:
        self.due_at = 0 if share > 0 else sys.maxsize
        self._share, self._clock = share, clock
        self._left_s, self._cost_s = CREDIT_S, 0.0
        self._begin: int | None = None
        self._seen = (0, clock())
        """An earlier step and its time: for how fast steps come, and what was earned since."""

    def soon(self, step: int) -> None:
        """Something has changed: measure as often as after the start, as far as time allows."""
        if self._share > 0:
            self.due_at, self._begin = step, None

    def stop(self) -> None:
        """Never measure again."""
        self._share, self.due_at = 0.0, sys.maxsize

    def is_due(self, step: int) -> bool:
        """Whether to measure the next update, after `step` of them; if not, `due_at` is moved on."""
        if step < self.due_at:
            return False
        if self._share == inf:
            return True
        now = self._clock()
        steps, seconds = step - self._seen[0], now - self._seen[1]
        self._seen = (step, now)
        enough_s = max(self._left_s, self._cost_s)  # a pause earns one measurement, not several
        self._left_s = min(enough_s, self._left_s + self._share * seconds)
        missing_s = self._cost_s - self._left_s
        if missing_s <= 0:
            return True
        rate = steps / seconds if steps > 0 and seconds > 0 else 0.0
        self.due_at = step + max(1, ceil(rate * missing_s / self._share))
        return False

    def measured(self, step: int, cost_s: float) -> None:
        """It was, which took so long, and now `step` updates are done.

        The first one takes longer than those that follow, which it must not crowd out.
        """
        if self._share == 0:
            return
        if not self._cost_s:
            cost_s = min(cost_s, CREDIT_S / 4)
        self._cost_s = cost_s
        self._left_s -= cost_s
        if self._begin is None:
            self._begin = step - 1
        since = step - self._begin
        gap = since if self._left_s > self._cost_s else 1 + since // _PER_DOUBLING
        self.due_at = step + (0 if self._share == inf else gap)

    def postpone(self, step: int) -> None:
        """Rather the update after the next one."""
        self.due_at = step + 1
