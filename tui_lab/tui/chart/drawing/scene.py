"""The part of a picture that does not depend on glyphs: points and limits."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from tui_lab.tui.chart.curves.axes import Limits, fit_x, fit_y
from tui_lab.tui.chart.curves.frame import ChartData, Window
from tui_lab.tui.chart.curves.robust import robust_range
from tui_lab.tui.chart.curves.series import Series, Thinned, decimate

NEAR = 0.6
"""A baseline up to this far from the data, relative to their span, still extends the axis."""


Curves = tuple[tuple[Series, Thinned], ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Curves thinned to the screen, and the limits of the axes."""

    window: Window
    curves: Curves


def hidden(data: ChartData, columns: int) -> int:
    """Count the points that a log axis cannot show."""
    limits = _x_limits(data)
    return sum(curve.hidden for _, curve in _thin(data, columns, limits)) if limits else 0


def compose(data: ChartData, columns: int, last: Window | None) -> Scene | None:
    """Choose limits and thin the curves; None if there is nothing to draw."""
    x_limits = _x_limits(data)
    if x_limits is None:
        return None
    curves = _thin(data, columns, x_limits)
    span = _span(data, curves, x_limits)
    if span is None:
        return None
    low, high = span
    if data.baseline is not None and _near(data.baseline.y, low, high, data.log_y):
        low, high = min(low, data.baseline.y), max(high, data.baseline.y)
    same = last is not None and (last.log_x, last.log_y) == (data.log_x, data.log_y)
    y_limits = data.y_limits if _usable(data.y_limits, data.log_y) else None
    y_limits = y_limits or fit_y(low, high, log=data.log_y, old=last.y if last and same else None)
    return Scene(Window(x_limits, y_limits, data.log_x, data.log_y), curves)


def baseline_side(data: ChartData, window: Window) -> int:
    """Where the baseline is: 1 above the canvas, -1 below it, 0 on it."""
    if data.baseline is None:
        return 0
    low, high = window.y
    return (data.baseline.y > high) - (data.baseline.y < low)


def cut_off(data: ChartData, window: Window) -> tuple[int, int]:
    """The number of points above and below the y axis, of all curves that it is fitted to."""
    above = below = 0
    for series in data.series:
        if series.fits:
            total = min(len(series.x), len(series.y))
            first = bisect_left(series.x, window.x[0], 0, total)
            values = series.y[first : bisect_right(series.x, window.x[1], first, total)]
            low, high = window.y
            out = [value for value in values if not low <= value <= high]
            above += len([value for value in out if value > high])
            below += 0 if window.log_y else len([value for value in out if value < low])
    return above, below


def _span(data: ChartData, curves: Curves, x_limits: Limits) -> Limits | None:
    """The lowest and the highest value that the y axis must hold; None if there is none."""
    log = data.log_y
    fitting = [curve for curve in curves if curve[0].fits]
    if not data.whole:
        held = [mark.y for mark in data.marks if mark.y is not None and x_limits[0] <= mark.x <= x_limits[1]]
        span = robust_range(
            [_seen([curve], x_limits) for curve in fitting if curve[0].role != "raw"],
            [_seen([curve], x_limits) for curve in fitting if curve[0].role == "raw"],
            [value for value in held if isfinite(value) and (value > 0 or not log)],
            log=log,
        )
        if span is not None:
            return span
    everything = _seen(fitting, x_limits) or _seen(curves, x_limits)
    return _ends(everything or _passing(curves))


def _ends(values: list[float]) -> Limits | None:
    return (min(values), max(values)) if values else None


def _seen(curves: Sequence[tuple[Series, Thinned]], x_limits: Limits) -> list[float]:
    return [
        value
        for _, thinned in curves
        for piece in thinned.pieces
        for x, value in zip(piece.x, piece.y, strict=True)
        if x_limits[0] <= x <= x_limits[1]
    ]


def _passing(curves: Curves) -> list[float]:
    """Values outside a window without points, whose line passes through it."""
    return [
        value for _, thinned in curves for piece in thinned.pieces if len(piece.y) > 1 for value in piece.y
    ]


def _x_limits(data: ChartData) -> Limits | None:
    if _usable(data.x_limits, data.log_x):
        return data.x_limits
    spans = []
    for series in [line for line in data.series if line.fits and len(line.x)] or data.series:
        total = min(len(series.x), len(series.y))
        first = bisect_right(series.x, 0, 0, total) if data.log_x else 0
        if first < total:
            spans.append((series.x[first], series.x[total - 1]))
    if not spans:
        return None
    return fit_x(min(low for low, _ in spans), max(high for _, high in spans), log=data.log_x)


def _thin(data: ChartData, columns: int, limits: Limits) -> Curves:
    return tuple(
        (series, decimate(series.x, series.y, columns, limits, log_x=data.log_x, log_y=data.log_y))
        for series in data.series
    )


def _usable(limits: Limits | None, log: bool) -> bool:
    if limits is None or not all(map(isfinite, limits)):
        return False
    return limits[0] < limits[1] and (limits[0] > 0 or not log)


def _near(level: float, low: float, high: float, log: bool) -> bool:
    if not isfinite(level):
        return False
    if log:
        return low / 4 <= level <= high * 4 and level > 0
    reach = NEAR * (high - low)
    return low - reach <= level <= high + reach
