"""What is measured at steps: collected now and then, thinned, and reported as `Measured`."""

from collections import defaultdict
from math import isfinite
from time import perf_counter

from tui_lab.engine.state.training_state import Training
from tui_lab.protocol.events import LOSS, LR, Measured
from tui_lab.protocol.thinning import thin

MAX_POINTS, MAX_RATES = 64, 8  # per report; schedules are smooth
INTERVAL_S = 0.1  # between reports


class Telemetry:
    """Reports at most every `interval_s` seconds, however fast steps come.

    To measure something else at each step, keep its values where they arise, and collect them here under a
    name: `RunView` and the chart show any series.
    """

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._told_at = perf_counter()
        self._untold: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        self._epoch = 1
        self._first = 1  # number of this epoch's first step
        self._collected = 0  # steps of this epoch already collected

    @property
    def due(self) -> bool:
        return perf_counter() - self._told_at >= self._interval_s

    def begin_epoch(self, epoch: int, steps_before: int, position: int = 0) -> None:
        """Epoch number `epoch` started after `steps_before` updates; `position` steps were reported."""
        self._epoch = epoch
        self._first, self._collected = steps_before + 1, position

    def collect(self, training: Training) -> int | None:
        """Collect the steps since the last call; returns that of the first non-finite loss, if any."""
        begin = self._first + self._collected
        losses = training.losses.since(self._collected)
        if not losses:
            return None
        self._collected += len(losses)
        bad = None
        if not isfinite(sum(losses)):
            bad = next((step for step, loss in enumerate(losses, begin) if not isfinite(loss)), None)
        last = begin + len(losses) - 1 if bad is None else bad
        self._untold[LOSS] += zip(range(begin, last + 1), losses, strict=False)
        self._untold[LR] += training.rate.points(begin, last)
        return bad

    def tell(self) -> Measured | None:
        """What was not reported yet, or None."""
        if not self._untold:
            return None
        self._untold[LR] = thin(_turns(self._untold[LR]), MAX_RATES)
        series = {name: tuple(thin(points, MAX_POINTS)) for name, points in self._untold.items() if points}
        self._untold.clear()
        self._told_at = perf_counter()
        return Measured(self._epoch, series[LOSS][-1][0], series)


def _turns(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """The points without those whose neighbours have the same value."""
    around = zip(points, points[1:], points[2:], strict=False)
    kept = [point for before, point, after in around if not before[1] == point[1] == after[1]]
    return [*points[:1], *kept, *points[1:][-1:]]
