"""Points in a plane, with the line on which both coordinates are equal."""

from collections.abc import Sequence
from math import isfinite

from tui_lab.tui.chart.curves.axes import HUGE, Limits, fit_y, padded, ticks, unit
from tui_lab.tui.chart.curves.frame import ChartRow, Window
from tui_lab.tui.chart.drawing.grid import Grid, cells
from tui_lab.tui.chart.drawing.paint import X_AXIS, paint_x_axis, paint_y_axis
from tui_lab.tui.chart.drawing.raster import rasterize

_LEAST = 4
"""The minimum rows and columns of the canvas."""
_EQUAL = "·"


def draw_scatter(
    points: Sequence[tuple[float, float]], size: tuple[int, int], x_label: str, y_label: str
) -> tuple[ChartRow, ...]:
    """Rows that fill the size, width and height. Both axes have the same limits; points that are not finite
    are left out.
    """
    width, height = size
    grid = Grid(max(0, width), max(0, height))
    limits = _limits(points)
    name = cells(y_label, width)
    below = height - X_AXIS - 1  # a row for the name of the y axis
    if limits is None or below < _LEAST:
        return grid.rows()
    window = Window(padded(limits, below), padded(limits, below), False, False)
    marks = ticks(limits, min(6, max(2, below // 3)))
    gutter = max(len(tick.label) for tick in marks) + 1
    if width - gutter < _LEAST:
        return grid.rows()
    canvas = Grid(width - gutter, below)
    canvas.overlay(rasterize([[(0.0, 0.0), (1.0, 1.0)]], canvas.width, below, _EQUAL), "gone")
    placed = [[(unit(x, window.x), unit(y, window.y))] for x, y in points if isfinite(x) and isfinite(y)]
    canvas.overlay(rasterize(placed, canvas.width, below), "train")
    y_axis, x_axis = Grid(gutter, below), Grid(width, X_AXIS)
    paint_y_axis(y_axis, marks, window)
    paint_x_axis(x_axis, gutter, ticks(limits, max(2, canvas.width // 12)), window, "")
    grid.write(0, 0, name, "hint")
    grid.paste(y_axis, 0, 1)
    grid.paste(canvas, gutter, 1)
    grid.paste(x_axis, 0, height - X_AXIS)
    label = cells(x_label, width // 2)
    grid.write(width - len(label), 0, label, "hint")
    return grid.rows()


def _limits(points: Sequence[tuple[float, float]]) -> Limits | None:
    values = [value for point in points if all(map(isfinite, point)) for value in point]
    values = [value for value in values if abs(value) < HUGE]
    return fit_y(min(values), max(values)) if values else None
