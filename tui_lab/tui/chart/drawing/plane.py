"""Lines and points in a plane, such as one value against another: no series that grows, no legend.

Layers that were drawn lately at the same size are not drawn again: a dot that moves costs a millisecond.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

from tui_lab.tui.chart.curves.axes import Limits, padded, ticks, unit
from tui_lab.tui.chart.curves.frame import ChartRow, Style, Window
from tui_lab.tui.chart.drawing.grid import Grid, cells
from tui_lab.tui.chart.drawing.paint import paint_x_axis, paint_y_axis
from tui_lab.tui.chart.drawing.raster import BRAILLE, cell, rasterize

AXIS, NAME = 2, 1
"""The rows of the x axis, and of a name above or below the canvas."""
LEAST = 4
"""The minimum rows and columns of the canvas."""
LEAST_HEIGHT = AXIS + 2 * NAME + LEAST
"""The minimum rows of a plane; in fewer nothing is drawn."""
REFERENCE = "·"
"""The marker of a line that is only for comparison."""


Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class PlaneLayer:
    """Lines in one style; a line of one point is a dot. Points that are not finite are left out."""

    lines: tuple[Line, ...]
    style: Style
    marker: str = BRAILLE


class Dot(NamedTuple):
    """A glyph at a point, over all lines."""

    x: float
    y: float
    glyph: str
    style: Style


@dataclass(frozen=True, slots=True)
class Plane:
    """What is drawn, the last layer on top, and the limits and names of both axes."""

    layers: tuple[PlaneLayer, ...]
    x: Limits
    y: Limits
    x_label: str
    y_label: str
    dots: tuple[Dot, ...] = ()


def draw_plane(plane: Plane, width: int, height: int) -> tuple[ChartRow, ...]:
    """Rows that fill the size: the name of the y axis, the canvas with its axes, the name of the x axis."""
    grid = Grid(max(0, width), max(0, height))
    tall = height - AXIS - 2 * NAME
    marks = ticks(plane.y, min(6, max(2, tall // 3)))
    gutter = max((len(tick.label) for tick in marks), default=0) + 1
    wide = width - gutter
    if tall < LEAST or wide < LEAST:
        return grid.rows()
    window = Window(plane.x, padded(plane.y, tall), False, False)
    canvas = Grid(wide, tall)
    for layer in plane.layers:
        canvas.overlay(_drawn(layer.lines, window, wide, tall, layer.marker), layer.style)
    for dot in plane.dots:
        if placed := _placed(((dot.x, dot.y),), window):
            canvas.put(*cell(*placed[0], wide, tall), dot.glyph, dot.style)
    y_axis, x_axis = Grid(gutter, tall), Grid(width, AXIS)
    paint_y_axis(y_axis, marks, window)
    paint_x_axis(x_axis, gutter, ticks(plane.x, max(2, wide // 12)), window, "")
    grid.write(0, 0, cells(plane.y_label, width), "hint")
    grid.paste(y_axis, 0, NAME)
    grid.paste(canvas, gutter, NAME)
    grid.paste(x_axis, 0, NAME + tall)
    name = cells(plane.x_label, width)
    grid.write(width - len(name), height - 1, name, "hint")
    return grid.rows()


@lru_cache(maxsize=16)
def _drawn(lines: tuple[Line, ...], window: Window, width: int, height: int, marker: str) -> list[str]:
    placed = [points for line in lines if (points := _placed(line, window))]
    return rasterize(placed, width, height, marker) if placed else []


def _placed(line: Line, window: Window) -> list[tuple[float, float]]:
    """The finite points of a line in the canvas, from 0 to 1; points outside are moved to its edge."""
    return [
        (min(max(unit(x, window.x), 0.0), 1.0), min(max(unit(y, window.y), 0.0), 1.0))
        for x, y in line
        if isfinite(x) and isfinite(y)
    ]
