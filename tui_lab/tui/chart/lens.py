"""How a run is looked at: which x, which metric, logarithmic or not, smoothed, zoomed, with a cursor."""

from dataclasses import dataclass, replace
from math import exp, isfinite, log
from typing import Literal

from tui_lab.tui.chart.axes import Limits

XBy = Literal["epoch", "step", "time"]
X_BY: tuple[XBy, ...] = ("epoch", "step", "time")
SMOOTHINGS = (0.0, 0.6, 0.9, 0.97)
ZOOM = 2.0
"""How much one press of a key zooms."""
PAN = 0.25
"""The part of the window by which one press pans."""
LEAST_SPAN = 1e-6
"""The narrowest window, as a part of all."""

FEWEST = 20
"""The values from which on outliers can be told."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A way to look. `window` and `cursor` are in units of x; None: all of it, no cursor.

    `smooth` is the weight of the past in the moving average, from 0 (none) to below 1. `clip` leaves outliers
    out of the y axis.
    """

    x: XBy = "epoch"
    metric: str = "loss"
    log_x: bool = False
    log_y: bool = False
    smooth: float = 0.0
    clip: bool = False
    window: Limits | None = None
    cursor: float | None = None

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
        places = [k for k, weight in enumerate(SMOOTHINGS) if weight > self.smooth]
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

    def pointed(self, whole: Limits, direction: Literal[-1, 1], columns: int) -> "Lens":
        """The cursor one column further; it begins at the newest end that is seen."""
        low, high = self._inner(self.window or whole)
        if self.cursor is None:
            place = high
        else:
            place = self._inner_of(self.cursor) + direction * (high - low) / max(1, columns)
        place = min(max(place, low), high)
        return replace(self, cursor=self._outer((place, place))[0])

    def _inner_of(self, x: float) -> float:
        return log(max(x, 1e-12)) if self.log_x else x

    def _inner(self, limits: Limits) -> Limits:
        low, high = limits
        if self.log_x and low <= 0:
            low = high / 1e4 if high > 0 else 1e-12
        return self._inner_of(low), self._inner_of(high)

    def _outer(self, limits: Limits) -> Limits:
        return (exp(limits[0]), exp(limits[1])) if self.log_x else limits


def smoothed(values: list[float], weight: float) -> list[float]:
    """The exponential moving average, unbiased from its first value on.

    `s = weight * s + (1 - weight) * v` from 0, divided by `1 - weight ** n` as the averages of Adam are
    (Kingma and Ba 2015, section 3). A value that is not finite stays as it is and counts for nothing.
    """
    if not weight:
        return values
    out: list[float] = []
    average, seen = 0.0, 1.0
    for value in values:
        if not isfinite(value):
            out.append(value)
            continue
        average = weight * average + (1 - weight) * value
        seen *= weight
        out.append(average / (1 - seen))
    return out


def usual(values: list[float], reach: float = 3.0) -> Limits | None:
    """Limits without outliers: `reach` times the distance of the quartiles beyond them (Tukey 1977).

    None where there are no outliers, or too few values to tell.
    """
    ordered = sorted(value for value in values if isfinite(value))
    if len(ordered) < FEWEST:
        return None
    lower, upper = ordered[len(ordered) // 4], ordered[-1 - len(ordered) // 4]
    fence = reach * (upper - lower)
    inside = [value for value in ordered if lower - fence <= value <= upper + fence]
    if upper <= lower or len(inside) == len(ordered):
        return None
    return inside[0], inside[-1]
