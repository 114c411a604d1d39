"""Thinning a curve while keeping its extremes."""

from collections.abc import Sequence
from math import inf, isnan
from typing import TypeVar

Point = TypeVar("Point", bound=tuple[int, float])


def thin(points: list[Point], limit: int) -> list[Point]:
    """At most `limit` of the points (`limit` >= 4), in order, and always the last one.

    The list is cut into equal intervals, and the smallest and largest point of each are kept: a single spike
    survives any number of thinnings. NaN counts as the largest.
    """
    if len(points) <= limit:
        return points
    return [points[place] for place in places_kept([value for _, value in points], limit)]


def extended(points: list[Point], more: Sequence[Point], limit: int) -> list[Point]:
    """The points with more: these replace those of the same steps. Beyond `limit`, half as many are kept."""
    while more and points and points[-1][0] >= more[0][0]:
        points.pop()
    points.extend(more)
    return thin(points, limit // 2) if len(points) > limit else points


def places_kept(values: Sequence[float], limit: int) -> list[int]:
    """Which of the values `thin` keeps, by their places. A long list is faster than a long array."""
    count = len(values)
    if count <= limit:
        return list(range(count))
    stretches = (limit - 1) // 2
    some_nan = isnan(sum(values))  # or infinities of both signs
    kept: list[int] = []
    high = 0
    for k in range(1, stretches + 1):
        low, high = high, k * count // stretches
        stretch = values[low:high]
        if some_nan and isnan(sum(stretch)):
            smallest, largest = _extremes_with_nan(stretch)
        else:
            smallest, largest = stretch.index(min(stretch)), stretch.index(max(stretch))
        if smallest < largest:
            kept.append(low + smallest)
            kept.append(low + largest)
        else:
            kept.append(low + largest)
            if smallest != largest:
                kept.append(low + smallest)
    if kept[-1] != count - 1:
        kept.append(count - 1)
    return kept


def _extremes_with_nan(values: Sequence[float]) -> tuple[int, int]:
    floor = [inf if isnan(value) else value for value in values]
    nan_at = next((k for k, value in enumerate(values) if isnan(value)), -1)
    return floor.index(min(floor)), nan_at if nan_at >= 0 else values.index(max(values))
