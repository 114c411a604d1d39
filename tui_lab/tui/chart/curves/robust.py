"""A robust range for the y axis, so that a few values do not squeeze all others into one row."""

from collections.abc import Sequence
from math import log10

from tui_lab.tui.chart.curves.axes import Limits

TAIL = 0.25
"""The fraction of each curve's values, at either end, that does not extend the range."""
FENCE = 0.5
"""How far beyond the rest such values are still shown, relative to the span of the rest."""
NOISE = 0.5
"""How far single steps may extend the range on either side, relative to the span of the curves."""
LATEST = 3
"""This many points at the end of each curve are always shown."""
FEW = 5
"""If the longest curve has fewer points than this, single steps are treated like curves."""


def robust_range(
    curves: Sequence[Sequence[float]],
    noise: Sequence[Sequence[float]] = (),
    held: Sequence[float] = (),
    *,
    log: bool = False,
) -> Limits | None:
    """The lowest and the highest value to show; None if there is none.

    The first epochs of a run, and spikes, are often many times larger than the rest: values more than half a
    span beyond the middle half of every curve are left out. The latest points of each curve and the `held`
    values are always included. Values must be finite, and above zero if `log`, which works in decades.
    Thinned curves will do: two values per column give each part of the picture the same weight.
    """
    if max(map(len, curves), default=0) < FEW:
        curves, noise = [*curves, *noise], ()
    curves = [[log10(value) for value in curve] if log else curve for curve in curves if curve]
    if not curves:
        return None
    kept = [*(value for curve in curves for value in curve[-LATEST:])]
    kept += [log10(value) if log else value for value in held]
    low = min(*kept, *(_quantile(curve, TAIL) for curve in curves))
    high = max(*kept, *(_quantile(curve, 1 - TAIL) for curve in curves))
    reach = FENCE * (high - low)
    near = [value for curve in curves for value in curve if low - reach <= value <= high + reach]
    low, high = min(low, *near), max(high, *near)
    for values in noise:
        found = [log10(value) for value in values] if log else values
        if found and high > low:
            room = NOISE * (high - low)
            low, high = (
                min(low, max(low - room, _quantile(found, TAIL / 2))),
                max(high, min(high + room, _quantile(found, 1 - TAIL / 2))),
            )
    return (10 ** max(low, -307.0), 10 ** min(high, 308.0)) if log else (low, high)


def _quantile(values: Sequence[float], share: float) -> float:
    """A quantile that ignores the first `FEW` values in the count, rounded outward."""
    left_out = int(min(share, 1 - share) * max(0, len(values) - FEW))
    return sorted(values)[left_out if share < 0.5 else -1 - left_out]
