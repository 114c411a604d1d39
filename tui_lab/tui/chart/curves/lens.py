"""The view of a run: x axis, metric, log scales, smoothing, zoom and cursor."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log
from typing import Literal

from tui_lab.tui.chart.curves.axes import Limits

XBy = Literal["epoch", "step", "time"]
X_BY: tuple[XBy, ...] = ("epoch", "step", "time")
SMOOTHINGS = (0.0, 0.02, 0.05, 0.15)
ZOOM = 2.0
"""The zoom factor of one key press."""
PAN = 0.25
"""The fraction of the window by which one key press pans."""
LEAST_SPAN = 1e-6
"""The narrowest window, as a fraction of the whole."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A view. `window` and `cursor` are in units of x; None: the whole, no cursor.

    `smooth` is the width of the moving average as a fraction of x; 0 turns it off. `whole`: the y axis holds
    every point, including spikes and the first steps. `discarded`: show what an undo discarded.
    """

    x: XBy = "epoch"
    metric: str = "loss"
    log_x: bool = False
    log_y: bool = False
    smooth: float = 0.0
    whole: bool = False
    discarded: bool = True
    window: Limits | None = None
    cursor: float | None = None

    @classmethod
    def remembered(cls, text: str) -> "Lens":
        """The lens from a text of `memory`; missing or invalid parts get their defaults."""
        words = set(text.split())
        x = next((by for by in X_BY if by in words), X_BY[0])
        smooth = next((span for span in SMOOTHINGS if f"smooth={span:g}" in words), SMOOTHINGS[0])
        return cls(x, log_x="log_x" in words, log_y="log_y" in words, smooth=smooth)

    @property
    def memory(self) -> str:
        """The part that is remembered between sessions, as text: axes and smoothing."""
        scales = [name for name in ("log_x", "log_y") if getattr(self, name)]
        return " ".join((self.x, *scales, f"smooth={self.smooth:g}"))

    @property
    def moved(self) -> bool:
        """Whether there is a zoom or a cursor."""
        return self.window is not None or self.cursor is not None

    def next_x(self) -> "Lens":
        """The next x axis; window and cursor are positions on the old one, so they are reset."""
        following = X_BY[(X_BY.index(self.x) + 1) % len(X_BY)]
        return replace(self, x=following, window=None, cursor=None)

    def next_smoothing(self) -> "Lens":
        """The next stronger smoothing; after the strongest, none."""
        places = [k for k, span in enumerate(SMOOTHINGS) if span > self.smooth]
        return replace(self, smooth=SMOOTHINGS[places[0]] if places else 0.0)

    def next_metric(self, names: tuple[str, ...]) -> "Lens":
        """The next recorded metric."""
        known = names or ("loss",)
        place = known.index(self.metric) + 1 if self.metric in known else 0
        return replace(self, metric=known[place % len(known)])

    def zoomed(self, whole: Limits, direction: Literal[-1, 1]) -> "Lens":
        """Zoom in (1) or out (-1), around the cursor or the newest visible point."""
        low, high = self._inner(self.window or whole)
        first, last = self._inner(whole)
        factor = 1 / ZOOM if direction > 0 else ZOOM
        span = max((high - low) * factor, (last - first) * LEAST_SPAN)
        if span >= last - first:
            return replace(self, window=None)
        about = high if self.cursor is None else self._inner_of(self.cursor)
        share = 1.0 if high <= low else min(1.0, max(0.0, (about - low) / (high - low)))
        start = min(max(about - share * span, first), last - span)
        return replace(self, window=self._outer((start, start + span)))

    def panned(self, whole: Limits, direction: Literal[-1, 1]) -> "Lens":
        """Pan left or right, within the data."""
        if self.window is None:
            return self
        (low, high), (first, last) = self._inner(self.window), self._inner(whole)
        step = direction * PAN * (high - low)
        start = min(max(low + step, first), max(first, last - (high - low)))
        return replace(self, window=self._outer((start, start + high - low)))

    def pointed(
        self, whole: Limits, direction: Literal[-1, 1], columns: int, stops: Sequence[float] = ()
    ) -> "Lens":
        """Move the cursor by at least one column, to the next of the `stops` (in ascending order).

        It starts at the newest visible point.
        """
        low, high = self._inner(self.window or whole)
        if self.cursor is None:
            place, direction = high, -1
        else:
            place = self._inner_of(self.cursor) + direction * (high - low) / max(1, columns)
        place = min(max(place, low), high)
        ends = self._outer((low, high))
        seen = stops[bisect_left(stops, ends[0]) : bisect_right(stops, ends[1])]
        if not seen:
            return replace(self, cursor=self._outer((place, place))[0])
        x = self._outer((place, place))[0]
        found = bisect_left(seen, x) if direction > 0 else bisect_right(seen, x) - 1
        if 0 <= found < len(seen):
            return replace(self, cursor=seen[found])
        return self if self.cursor is not None else replace(self, cursor=seen[0])

    def _inner_of(self, x: float) -> float:
        return log(max(x, 1e-12)) if self.log_x else x

    def _inner(self, limits: Limits) -> Limits:
        low, high = limits
        if self.log_x and low <= 0:
            low = high / 1e4 if high > 0 else 1e-12
        return self._inner_of(low), self._inner_of(high)

    def _outer(self, limits: Limits) -> Limits:
        return (exp(limits[0]), exp(limits[1])) if self.log_x else limits
