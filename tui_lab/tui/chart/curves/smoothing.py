"""Smoothing a curve: over a span of x, without shifting it, or over everything so far."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import isfinite


def smoothed(x: Sequence[float], y: Sequence[float], span: float) -> list[float]:
    """The mean over a window of width `span` in x, centred on each point.

    An average over the past would lag, and one over a number of points would smooth epochs far more than
    steps. Near the ends the window shrinks symmetrically, so that nothing is shifted there either. Values
    that are not finite are left unchanged and excluded from means.
    """
    if span <= 0 or not x:
        return list(y)
    counts = [0, *accumulate(1 if isfinite(value) else 0 for value in y)]
    sums = [0.0, *accumulate(value if isfinite(value) else 0.0 for value in y)]
    out: list[float] = []
    for at, value in zip(x, y, strict=False):
        reach = min(span / 2, at - x[0], x[-1] - at)
        first, last = bisect_left(x, at - reach), bisect_right(x, at + reach)
        total = counts[last] - counts[first]
        usable = isfinite(value) and total > 1
        out.append((sums[last] - sums[first]) / total if usable else value)
    return out


def running_mean(values: Sequence[float]) -> list[float]:
    """The mean of the finite values up to each point."""
    total, seen, found = 0.0, 0, []
    for value in values:
        if isfinite(value):
            total, seen = total + value, seen + 1
        found.append(total / seen if seen else value)
    return found
