"""The speed of a run."""

from collections import deque
from dataclasses import dataclass, field

_WINDOW_S = 5.0
_APART_S = 0.02
"""Reports that come faster replace one another: at most 250 of them are kept."""


@dataclass
class Pace:
    """The steps of the last few seconds and when they were reported."""

    recent: deque[tuple[float, int]] = field(default_factory=deque)

    def begin(self, time: float, step: int) -> None:
        """Restart the measurement: nothing before this counts."""
        self.recent = deque([(time, step)])

    def add(self, time: float, step: int) -> None:
        """Record that `step` was done at `time`."""
        if self.recent and time < self.recent[-1][0]:  # the clock was set back
            self.recent.clear()
        if len(self.recent) > 1 and time - self.recent[-2][0] < _APART_S:
            self.recent.pop()
        self.recent.append((time, step))
        while len(self.recent) > 2 and time - self.recent[1][0] > _WINDOW_S:
            self.recent.popleft()

    @property
    def per_second(self) -> float | None:
        """Updates per second, including validation; None if unknown."""
        if len(self.recent) < 2:
            return None
        (t0, s0), (t1, s1) = self.recent[0], self.recent[-1]
        return (s1 - s0) / (t1 - t0) if t1 > t0 else None


def plausible(seconds: float) -> float:
    """The seconds that an epoch took; 0 if the journal has an impossible value."""
    return seconds if 0 <= seconds < 1e9 else 0.0
