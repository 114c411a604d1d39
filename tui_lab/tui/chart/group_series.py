"""Several runs of one experiment as one curve: their mean, in a band from the lowest to the highest."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from math import isnan, nan

from tui_lab.tui.chart.curves.epoch_series import Track
from tui_lab.tui.chart.curves.frame import ChartData
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.curves.series import Role, Series
from tui_lab.tui.chart.run_series import compared_data, validation

POINTS = 512
"""A mean has at most twice as many points."""


def grouped_data(rows: Sequence[tuple[Sequence[Track], Role]], lens: Lens, columns: int) -> ChartData:
    """The validation curves of runs and of groups of runs, seen through a lens; the bands are behind.

    `columns`: the width of the chart, for which the bands are made.
    """
    found = [line for tracks, role in rows for line in group_curves(tracks, lens, role, columns)]
    found.sort(key=lambda line: line.role != "raw")
    return replace(compared_data((), lens), series=tuple(found))


def group_curves(tracks: Sequence[Track], lens: Lens, role: Role, columns: int) -> list[Series]:
    """The band and the mean of the validation curves of several runs; of one run its curve.

    Both end where the first run ends: a mean of those that trained on would be of other runs.
    """
    lines = [line for track in tracks if (line := validation(track, lens, role)).x]
    if len(lines) < 2:
        return lines
    low, high = max(line.x[0] for line in lines), min(line.x[-1] for line in lines)
    xs = [x for x in max(lines, key=lambda line: len(line.x)).x if low <= x <= high]
    xs = xs[:: max(1, len(xs) // POINTS)]
    if not xs:
        return []
    values = [[value_between(line, x) for line in lines] for x in xs]
    gaps = [any(map(isnan, each)) for each in values]
    lows = Series("", xs, [nan if gap else min(each) for gap, each in zip(gaps, values, strict=True)])
    highs = replace(lows, y=[nan if gap else max(each) for gap, each in zip(gaps, values, strict=True)])
    mean = [sum(each) / len(each) for each in values]
    return [_band(lows, highs, lens, columns), Series("", xs, mean, role)]


def value_between(line: Series, at: float) -> float:
    """The value of a curve at an x within it, on the straight line between its neighbours."""
    right = bisect_left(line.x, at)
    if right == 0 or line.x[right] == at:
        return line.y[right]
    x0, x1, y0, y1 = line.x[right - 1], line.x[right], line.y[right - 1], line.y[right]
    return y0 + (y1 - y0) * (at - x0) / (x1 - x0)


def _band(lows: Series, highs: Series, lens: Lens, columns: int) -> Series:
    """A curve that goes up and down between the two, which is drawn as a band.

    The chart fills each column from its lowest to its highest point. So there are as many x as columns in
    what is seen, and no more, or the chart would keep only the extremes of neighbours.
    """
    low, high = lows.x[0], lows.x[-1]
    if lens.window is not None:
        low, high = max(low, lens.window[0]), min(high, lens.window[1])
    count = max(2, columns - 1)
    log = lens.log_x and low > 0
    found: list[tuple[float, float]] = []
    for k in range(count if high >= low else 0):
        share = k / (count - 1)
        x = low * (high / low) ** share if log else low + (high - low) * share
        x = min(max(x, low), high)  # rounding must not carry it outside
        found += [(x, value_between(lows, x)), (x, value_between(highs, x))]
    return Series("", [x for x, _ in found], [y for _, y in found], "raw")
