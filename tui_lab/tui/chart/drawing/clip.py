"""Clipping curves to the unit square.

Nothing outside reaches plotext, which samples a line cell by cell: one to 1e30 would take forever.
"""

from itertools import pairwise

from tui_lab.tui.chart.curves.axes import Limits, unit
from tui_lab.tui.chart.curves.series import Piece

Point = tuple[float, float]


def clip(piece: Piece, x_limits: Limits, y_limits: Limits, log_x: bool, log_y: bool) -> list[list[Point]]:
    """The parts of a piece within the limits, as lines in coordinates from 0 to 1."""
    across, up = _units(piece.x, x_limits, log_x), _units(piece.y, y_limits, log_y)
    points = list(zip(across, up, strict=True))
    if min(across) >= 0 and max(across) <= 1 and min(up) >= 0 and max(up) <= 1:
        return [points]
    if len(points) == 1:
        return []
    lines: list[list[Point]] = []
    for a, b in pairwise(points):
        low, high = (a[1], b[1]) if a[1] < b[1] else (b[1], a[1])
        if low > 1 or high < 0:
            continue
        part: tuple[Point, Point] | None
        if 0 <= a[0] <= 1 and 0 <= b[0] <= 1:
            part = (a, b) if low >= 0 and high <= 1 else _through_an_edge(a, b)
        else:
            part = _segment(a, b)
        if part is None:
            continue
        if lines and lines[-1][-1] == part[0]:
            lines[-1].append(part[1])
        else:
            lines.append(list(part))
    return lines


def _units(values: list[float], limits: Limits, log: bool) -> list[float]:
    """`unit` of each."""
    if log:
        return [unit(value, limits, log) for value in values]
    low, span = limits[0], limits[1] - limits[0]
    return [(value - low) / span for value in values]


def _through_an_edge(a: Point, b: Point) -> tuple[Point, Point]:
    """`_segment` for one that crosses only the upper or the lower edge, as most of noise does."""
    start, change = a[1], b[1] - a[1]
    enter, leave = start / -change, (1 - start) / change
    if change < 0:
        enter, leave = leave, enter
    return _between(a, b, max(0.0, enter)), _between(a, b, min(1.0, leave))


def _segment(a: Point, b: Point) -> tuple[Point, Point] | None:
    """Clip one segment (Liang and Barsky 1984: the part between the times it enters and leaves)."""
    enter, leave = 0.0, 1.0
    for start, end in zip(a, b, strict=True):
        change = end - start
        if change == 0:
            if start < 0 or start > 1:
                return None
        elif change > 0:
            enter, leave = max(enter, start / -change), min(leave, (1 - start) / change)
        else:
            enter, leave = max(enter, (1 - start) / change), min(leave, start / -change)
    if enter > leave:
        return None
    return _between(a, b, enter), _between(a, b, leave)


def _between(a: Point, b: Point, t: float) -> Point:
    """The point at time `t`, exact at the ends; rounding errors outside the square are clamped."""
    if t in (0.0, 1.0):
        x, y = b if t else a
    else:
        x, y = a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t
    return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)
