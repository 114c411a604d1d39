"""What was measured at steps as points of a curve, updated incrementally.

A frame costs no more for the thousands of steps that are kept than for those that are new.
"""

from bisect import bisect_right

from tui_lab.tui.chart.curves.epoch_series import Track
from tui_lab.tui.chart.curves.lens import XBy


class StepTrack:
    """The positions and values of steps, which belong to the epochs of a `Track`."""

    def __init__(self) -> None:
        self.x: list[float] = []
        self.values: list[float] = []
        self._points: list[tuple[int, float]] = []
        self._ends: list[float] = []
        self._by: XBy = "step"
        self._last: tuple[int, float] | None = None
        self._settled = 0
        """How many positions stay: those up to the end of the last epoch; later ones are extrapolated."""

    def follow(self, points: list[tuple[int, float]], track: Track, by: XBy) -> "StepTrack":
        """Add new points. If earlier ones were replaced, or the epochs thinned, all begin anew."""
        known, ends = len(self.values), track.ends.steps
        same = points is self._points and ends is self._ends and by == self._by
        if not same or (known and (len(points) < known or points[known - 1] is not self._last)):
            self.x, self.values = [], []
            known = self._settled = 0
        self._points, self._ends, self._by = points, ends, by
        del self.x[self._settled :]
        steps = [step for step, _ in points[self._settled :]]
        self.x += track.places(by)(steps)
        self.values += [value for _, value in points[known:]]
        self._last = points[-1] if points else None
        self._settled += len(steps) if by == "step" else bisect_right(steps, ends[-1]) if ends else 0
        return self
