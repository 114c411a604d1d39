"""Fewer points of a curve without losing its extremes."""

from math import inf, isnan
from typing import TypeVar

Point = TypeVar("Point", bound=tuple[int, float])


def thin(points: list[Point], limit: int) -> list[Point]:
    """At most `limit` of the points (`limit` >= 4), in order, and always the last one.

    The list is cut into equal stretches, and of each the smallest and the largest stay: a single spike
    survives any number of thinnings. A NaN counts as the largest.
    """
    if len(points) <= limit:
        return points
    stretches = (limit - 1) // 2
    kept: list[Point] = []
    for k in range(stretches):
        low, high = k * len(points) // stretches, (k + 1) * len(points) // stretches
        values = [value for _, value in points[low:high]]
        if isnan(sum(values)):  # there may be a NaN, or infinities of both signs
            floor = [inf if isnan(value) else value for value in values]
            smallest = low + floor.index(min(floor))
            nan_at = next((i for i, value in enumerate(values) if isnan(value)), -1)
            largest = low + (nan_at if nan_at >= 0 else values.index(max(values)))
        else:
            smallest, largest = low + values.index(min(values)), low + values.index(max(values))
        kept += [points[i] for i in sorted({smallest, largest})]
    if kept[-1] != points[-1]:
        kept.append(points[-1])
    return kept
