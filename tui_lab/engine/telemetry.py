"""Reporting step losses: collected now and then, thinned, and reported as `StepsTrained`."""

from math import isfinite
from time import perf_counter

from tui_lab.engine.state.step_losses import StepLosses
from tui_lab.protocol.events import StepsTrained
from tui_lab.protocol.thinning import thin

MAX_POINTS = 64  # per report
INTERVAL_S = 0.1  # between reports


class Telemetry:
    """Reports step losses at most every `interval_s` seconds, however fast they come."""

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._told_at = perf_counter()
        self._untold: list[tuple[int, float]] = []
        self._epoch = 1
        self._first = 1  # number of this epoch's first step
        self._collected = 0  # steps of this epoch already collected

    @property
    def due(self) -> bool:
        """Whether a report is due."""
        return perf_counter() - self._told_at >= self._interval_s

    def begin_epoch(self, epoch: int, steps_before: int, position: int = 0) -> None:
        """Epoch number `epoch` started after `steps_before` updates; `position` steps were reported."""
        self._epoch = epoch
        self._first, self._collected = steps_before + 1, position

    def collect(self, losses: StepLosses) -> int | None:
        """Collect the losses since the last call; returns the step of the first non-finite one, if any."""
        begin = self._first + self._collected
        values = losses.since(self._collected)
        self._collected += len(values)
        for step, value in enumerate(values, begin):
            self._untold.append((step, value))
            if not isfinite(value):
                return step
        return None

    def tell(self) -> StepsTrained | None:
        """The losses not reported yet, or None."""
        if not self._untold:
            return None
        points = tuple(thin(self._untold, MAX_POINTS))
        self._untold = []
        self._told_at = perf_counter()
        return StepsTrained(epoch=self._epoch, step=points[-1][0], points=points)
