"""Numbers as marks on a line of cells: a value with its interval, quantiles."""

from collections.abc import Iterable
from math import isfinite

from tui_lab.tui.chart.curves.axes import Limits, short


def interval(low: float, value: float, high: float, limits: Limits, cells: int) -> str:
    """`  ├──●───┤  `: a value and its interval, which is cut off at the limits."""
    if not all(map(isfinite, (low, value, high))):
        return " " * cells
    first, middle, last = (place(number, limits, cells) for number in (low, value, high))
    row = [" "] * cells
    row[first : last + 1] = "─" * (last - first + 1)
    if last > first:
        row[first], row[last] = "├", "┤"
    row[middle] = "●"
    return "".join(row)


def box(quantiles: tuple[float, float, float, float, float], limits: Limits, cells: int) -> str:
    """`  ──━━┃━━━──  `: the middle half, its median, and 90 % of the values around it."""
    if not all(map(isfinite, quantiles)):
        return " " * cells
    low, lower, middle, upper, high = (place(number, limits, cells) for number in quantiles)
    row = [" "] * cells
    row[low : high + 1] = "─" * (high - low + 1)
    row[lower : upper + 1] = "━" * (upper - lower + 1)
    row[middle] = "┃"
    return "".join(row)


def scale(limits: Limits, cells: int) -> str:
    """The two ends of a line of cells, as labels."""
    low, high = (short(end, limits[1] - limits[0], max(map(abs, limits))) for end in limits)
    if len(low) + len(high) + 1 > cells:
        return " " * cells
    return low + " " * (cells - len(low) - len(high)) + high


def span(ends: Iterable[float], empty: Limits) -> Limits:
    """From the lowest to the highest of those that are finite, and not just a point; `empty` if none is."""
    finite = [end for end in ends if isfinite(end)]
    low, high = min(finite, default=empty[0]), max(finite, default=empty[1])
    return low, high if high > low else low + 1.0


def place(value: float, limits: Limits, cells: int) -> int:
    """The cell of a value; the first or last one if it is outside."""
    low, high = limits
    if high <= low:
        return cells // 2
    return max(0, min(round((value - low) / (high - low) * (cells - 1)), cells - 1))
