"""Sparklines: curves in a few characters."""

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite, log

BLOCKS = "▁▂▃▄▅▆▇"
"""Without the full block, which would touch the line above."""
WILD = "×"
"""Where a value is NaN or infinite."""


def sparkline(values: Sequence[float], width: int) -> str:
    """At most `width` blocks, scaled from the lowest to the highest value; logarithmic if all are above 0.

    A loss falls fast at first: on a linear scale, the rest would look flat.
    """
    if width < 1:
        return ""
    means = [_mean(part) for part in equal_parts(values, width)]
    finite = [value for value in means if value is not None]
    if not finite:
        return WILD * len(means)
    scale = log if min(finite) > 0 else float
    low, high = scale(min(finite)), scale(max(finite))
    return "".join(WILD if value is None else _block(scale(value), low, high) for value in means)


def equal_parts(values: Sequence[float], most: int) -> list[Sequence[float]]:
    """At most `most` non-empty parts of nearly equal length."""
    count = min(len(values), most)
    bounds = [round(k * len(values) / count) for k in range(count + 1)] if count else []
    return [values[low:high] for low, high in pairwise(bounds)]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if all(map(isfinite, values)) else None


def _block(value: float, low: float, high: float) -> str:
    share = (value - low) / (high - low) if high > low else 0.5
    return BLOCKS[min(len(BLOCKS) - 1, int(share * len(BLOCKS)))]
