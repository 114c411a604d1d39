"""A frame to a picture: the layout, and what is left out where there is little room.

Two curves of 2,000 points take 6 ms at 80x30 and 20 ms at 200x60; noise from top to bottom, the
worst case for plotext, takes 12 and 70.
"""

from tui_lab.tui.chart.axes import ticks
from tui_lab.tui.chart.frame import Frame, Picture, Window
from tui_lab.tui.chart.grid import Grid, cells
from tui_lab.tui.chart.legend import paint_legend
from tui_lab.tui.chart.paint import (
    baseline_side,
    paint_canvas,
    paint_hint,
    paint_x_axis,
    paint_y_axis,
)
from tui_lab.tui.chart.scene import Scene, compose, hidden

AXES_FROM = (20, 6)
"""Width and height from which there are axes."""
LEGEND_FROM = (16, 5)
CANVAS_FROM = (2, 2)
GUTTER = 8
"""The widest label of the y axis and the least width of an axis label that is still shown."""


def draw(frame: Frame, last: Window | None = None) -> Picture:
    """Draw a frame. `last` is the window of the picture before, which keeps the axes still.

    Always gives `height` rows of `width` cells, and never raises for what the data holds.
    """
    data, width, height, mono = frame
    grid = Grid(max(0, width), max(0, height))
    if width < CANVAS_FROM[0] or height < CANVAS_FROM[1]:
        return Picture(grid.rows(), None)
    scene = compose(data, width, last)
    if scene is None:
        count = hidden(data, width)
        note = f"{count:,} points hidden (≤ 0): no log axis can show them" if count else data.hint
        paint_hint(grid, note)
        return Picture(grid.rows(), None)

    top = 1 if _has(frame, LEGEND_FROM) else 0
    gutter, bottom = 0, 0
    if _has(frame, AXES_FROM):
        bottom = 2
        gutter = _paint_axes(grid, frame, scene, top, bottom)
    canvas = Grid(width - gutter, height - top - bottom)
    paint_canvas(canvas, data, scene, mono)
    grid.paste(canvas, gutter, top)
    if top:
        name = cells(data.y_label, GUTTER)
        if len(name) < gutter:
            grid.write(gutter - 1 - len(name), 0, name, "hint")
        count = sum(thinned.hidden for _, thinned in scene.curves)
        side = baseline_side(data, scene.window)
        paint_legend(grid, gutter + 1 if gutter else 0, data, mono, side, count)
    return Picture(grid.rows(), scene.window)


def _has(frame: Frame, least: tuple[int, int]) -> bool:
    return frame.width >= least[0] and frame.height >= least[1]


def _paint_axes(grid: Grid, frame: Frame, scene: Scene, top: int, bottom: int) -> int:
    """Paint both axes; gives the width of the gutter that the y axis takes."""
    data, window = frame.data, scene.window
    height = grid.height - top - bottom
    y_ticks = ticks(window.y, min(8, max(2, height // 3)), log=window.log_y)
    names = (cells(data.x_label, GUTTER), cells(data.y_label, GUTTER)) if grid.width >= 32 else ()
    gutter = max(map(len, (*names, *(tick.label for tick in y_ticks))), default=0) + 1

    y_axis = Grid(gutter, height)
    paint_y_axis(y_axis, y_ticks, window)
    grid.paste(y_axis, 0, top)

    x_axis = Grid(grid.width, bottom)
    count = max(2, (grid.width - gutter) // 10)
    whole = data.x_whole and window.x[1] - window.x[0] >= 1  # less than one of them has no whole tick but one
    x_ticks = ticks(window.x, count, log=window.log_x, whole=whole)
    paint_x_axis(x_axis, gutter, x_ticks, window, data.x_label)
    grid.paste(x_axis, 0, grid.height - bottom)
    return gutter
