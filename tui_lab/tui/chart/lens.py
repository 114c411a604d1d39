"""How a run is looked at: which x, which metric, logarithmic or not, smoothed, zoomed, with a cursor."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log
from typing import Literal

from tui_lab.tui.chart.axes import Limits

XBy = Literal["epoch", "step", "time"]
X_BY: tuple[XBy, ...] = ("epoch", "step", "time")
SMOOTHINGS = (0.0, 0.02, 0.05, 0.15)
ZOOM = 2.0
"""How much one press of a key zooms."""
PAN = 0.25
"""The part of the window by which one press pans."""
LEAST_SPAN = 1e-6
"""The narrowest window, as a part of all."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A way to look. `window` and `cursor` are in units of x; None: all of it, no cursor.

    `smooth` is the span of x over which the moving average is taken, as a part of all of x; 0 is none.
    `whole`: the y axis holds everything, spikes and the first steps too. `discarded`: what an undo discarded
    is shown.
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
        """The lens that a text of `memory` tells of; what it does not say, or says wrongly, is as usual."""
        words = set(text.split())
        x = next((by for by in X_BY if by in words), X_BY[0])
        smooth = next((span for span in SMOOTHINGS if f"smooth={span:g}" in words), SMOOTHINGS[0])
        return cls(x, log_x="log_x" in words, log_y="log_y" in words, smooth=smooth)

    @property
    def memory(self) -> str:
        """What of it holds for other runs, too, as words: axes and smoothing."""
        scales = [name for name in ("log_x", "log_y") if getattr(self, name)]
        return " ".join((self.x, *scales, f"smooth={self.smooth:g}"))

    @property
    def moved(self) -> bool:
        """Whether there is something to take back: a zoom or a cursor."""
        return self.window is not None or self.cursor is not None

    def next_x(self) -> "Lens":
        """Another x: what was a place on the old one is none on the new one."""
        following = X_BY[(X_BY.index(self.x) + 1) % len(X_BY)]
        return replace(self, x=following, window=None, cursor=None)

    def next_smoothing(self) -> "Lens":
        """More smoothing, and after the most none."""
        places = [k for k, span in enumerate(SMOOTHINGS) if span > self.smooth]
        return replace(self, smooth=SMOOTHINGS[places[0]] if places else 0.0)

    def next_metric(self, names: tuple[str, ...]) -> "Lens":
        """The next of the metrics that were recorded."""
        known = names or ("loss",)
        place = known.index(self.metric) + 1 if self.metric in known else 0
        return replace(self, metric=known[place % len(known)])

    def zoomed(self, whole: Limits, direction: Literal[-1, 1]) -> "Lens":
        """Closer (1) or farther (-1), about the cursor, or else about the newest end that is seen."""
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
        """To the left or the right, as far as there is data."""
        if self.window is None:
            return self
        (low, high), (first, last) = self._inner(self.window), self._inner(whole)
        step = direction * PAN * (high - low)
        start = min(max(low + step, first), max(first, last - (high - low)))
        return replace(self, window=self._outer((start, start + high - low)))

    def pointed(
        self, whole: Limits, direction: Literal[-1, 1], columns: int, stops: Sequence[float] = ()
    ) -> "Lens":
        """The cursor at least one column further, at the next of the `stops` (in ascending order).

        It begins at the newest end that is seen.
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
