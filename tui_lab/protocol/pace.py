"""How fast a run trains."""

from collections import deque
from dataclasses import dataclass, field

from tui_lab.protocol.events import EpochEnded

_WINDOW_S = 5.0


@dataclass
class Pace:
    """The steps of the last few seconds and when they were told."""

    recent: deque[tuple[float, int]] = field(default_factory=deque)

    def begin(self, time: float, step: int) -> None:
        """Measure from here on: before it nothing was trained, or something that counts no more."""
        self.recent = deque([(time, step)])

    def add(self, time: float, step: int) -> None:
        """Take in that `step` was made by `time`."""
        if self.recent and time < self.recent[-1][0]:  # the clock was set back
            self.recent.clear()
        self.recent.append((time, step))
        while len(self.recent) > 2 and time - self.recent[1][0] > _WINDOW_S:
            self.recent.popleft()

    @property
    def per_second(self) -> float | None:
        """Updates a second, validation included; None while that is not known."""
        if len(self.recent) < 2:
            return None
        (t0, s0), (t1, s1) = self.recent[0], self.recent[-1]
        return (s1 - s0) / (t1 - t0) if t1 > t0 else None


def lasted(ended: EpochEnded) -> float:
    """The seconds of an epoch; 0 if a journal tells of ones that cannot be."""
    return plausible(ended.seconds)


def plausible(seconds: float) -> float:
    """The seconds that an epoch took; 0 if that cannot be."""
    return seconds if 0 <= seconds < 1e9 else 0.0
