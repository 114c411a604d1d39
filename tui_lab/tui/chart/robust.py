"""Which values the y axis makes room for, where a few would squeeze all others into one row."""

from collections.abc import Sequence
from math import log10

from tui_lab.tui.chart.axes import Limits

TAIL = 0.25
"""The share of each curve, at either end of its values, that cannot demand room."""
FENCE = 0.5
"""How far beyond the rest such values are still shown, in spans of the rest."""
NOISE = 0.5
"""How much room the noise of single steps may take on either side, in spans of the curves."""
LATEST = 3
"""Points at the end of each curve that are always shown."""
FEW = 5
"""With fewer points than this in the longest curve, the single steps are what there is to see."""


def robust_range(
    curves: Sequence[Sequence[float]],
    noise: Sequence[Sequence[float]] = (),
    held: Sequence[float] = (),
    *,
    log: bool = False,
) -> Limits | None:
    """The lowest and the highest value to make room for; None where there is none.

    The first epochs of a run, and spikes, are often many times what follows: what lies more than half a span
    beyond the middle half of every curve is left out. The latest points of each curve and the `held` values
    never are. Values must be finite, and above zero where `log`, which measures in decades. Thinned curves
    do: two values a column weigh each part of the picture alike.
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
    """The value below which lies that share of those beyond the first few, rounded to the outer one."""
    left_out = int(min(share, 1 - share) * max(0, len(values) - FEW))
    return sorted(values)[left_out if share < 0.5 else -1 - left_out]
