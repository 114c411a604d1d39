"""Clipping curves to the unit square.

Nothing outside reaches plotext, which samples a line cell by cell: one to 1e30 would take forever.
"""

from itertools import pairwise

from tui_lab.tui.chart.curves.axes import Limits, unit
from tui_lab.tui.chart.curves.series import Piece

Point = tuple[float, float]


def clip(piece: Piece, x_limits: Limits, y_limits: Limits, log_x: bool, log_y: bool) -> list[list[Point]]:
    """The parts of a piece within the limits, as lines in coordinates from 0 to 1."""
    points = [
        (unit(x, x_limits, log_x), unit(y, y_limits, log_y)) for x, y in zip(piece.x, piece.y, strict=True)
    ]
    if all(0 <= x <= 1 and 0 <= y <= 1 for x, y in points):
        return [points]
    if len(points) == 1:
        return []
    lines: list[list[Point]] = []
    for a, b in pairwise(points):
        inside = min(*a, *b) >= 0 and max(*a, *b) <= 1
        part = (a, b) if inside else _segment(a, b)
        if part is None:
            continue
        if lines and lines[-1][-1] == part[0]:
            lines[-1].append(part[1])
        else:
            lines.append(list(part))
    return lines


def _segment(a: Point, b: Point) -> tuple[Point, Point] | None:
    """Clip one segment (Liang and Barsky 1984: the part between the times it enters and leaves)."""
    enter, leave = 0.0, 1.0
    for start, end in zip(a, b, strict=True):
        change = end - start
        for distance, speed in ((start, -change), (1 - start, change)):
            if speed == 0:
                if distance < 0:
                    return None
            elif speed < 0:
                enter = max(enter, distance / speed)
            else:
                leave = min(leave, distance / speed)
    if enter > leave:
        return None
    return _between(a, b, enter), _between(a, b, leave)


def _between(a: Point, b: Point, t: float) -> Point:
    """The point at time `t`, exact at the ends; rounding errors outside the square are clamped."""
    if t in (0.0, 1.0):
        x, y = b if t else a
    else:
        x, y = (start + (end - start) * t for start, end in zip(a, b, strict=True))
    return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)
