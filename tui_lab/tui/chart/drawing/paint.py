"""The parts of a picture, each painted on a grid of its own size."""

from textwrap import wrap

from tui_lab.tui.chart.curves.axes import Limits, Tick, ticks, unit
from tui_lab.tui.chart.curves.frame import ChartData, Mark, Window
from tui_lab.tui.chart.curves.series import Piece, Series, Thinned
from tui_lab.tui.chart.drawing.band import paint_band
from tui_lab.tui.chart.drawing.clip import clip
from tui_lab.tui.chart.drawing.dense import is_dense, paint_dense
from tui_lab.tui.chart.drawing.grid import Grid, cells
from tui_lab.tui.chart.drawing.layers import Layers
from tui_lab.tui.chart.drawing.legend import DASH, LOOKS, STAR
from tui_lab.tui.chart.drawing.raster import BRAILLE, cell
from tui_lab.tui.chart.drawing.scene import Scene, baseline_side

DOTTED, SOLID = "┊", "│"
X_AXIS = 2
"""The rows of the x axis."""


def paint_canvas(grid: Grid, data: ChartData, scene: Scene, layers: Layers, mono: bool) -> None:
    """Paint baseline and marks, curves over them, and stars and labels on top."""
    window = scene.window
    if data.baseline is not None and baseline_side(data, window) == 0:
        place = _cell(grid, window, window.x[0], data.baseline.y)
        for column in range(grid.width):
            grid.put(column, place[1] if place else -1, DASH, "baseline")
    for mark in data.marks:
        _paint_line(grid, window, mark)
    for number, (series, thinned) in enumerate(scene.curves):
        _paint_curve(grid, window, series, thinned, (layers, number), mono)
    for mark in data.marks:
        _paint_star(grid, window, mark)
    _paint_labels(grid, window, data.marks)


def paint_hint(grid: Grid, text: str) -> None:
    """Write a wrapped text in the middle."""
    lines = [cells(line) for line in wrap(" ".join(text.split()), max(1, grid.width - 2))]
    lines = lines[: grid.height]
    top = (grid.height - len(lines)) // 2
    for row, line in enumerate(lines):
        grid.write((grid.width - len(line)) // 2, top + row, line, "hint")


def paint_y_axis(grid: Grid, marked: list[Tick], window: Window) -> None:
    """Paint labels and the axis on a grid as high as the canvas; the last column is the axis."""
    line = grid.width - 1
    for row in range(grid.height):
        grid.put(line, row, "│", "axis")
    for tick in marked:
        row = cell(0, unit(tick.value, window.y, window.log_y), 1, grid.height)[1]
        grid.put(line, row, "┤", "axis")
        grid.write(line - len(tick.label), row, list(tick.label), "axis")


def x_axis(width: int, gutter: int, data: ChartData, limits: Limits) -> Grid:
    """The axis of a chart, in two rows that span gutter and canvas."""
    grid = Grid(width, X_AXIS)
    whole = data.x_whole and limits[1] - limits[0] >= 1  # a narrower window holds at most one whole tick
    marked = ticks(limits, max(2, (width - gutter) // 10), log=data.log_x, whole=whole)
    paint_x_axis(grid, gutter, marked, Window(limits, (0.0, 1.0), data.log_x, False), data.x_label)
    return grid


def paint_x_axis(grid: Grid, gutter: int, marked: list[Tick], window: Window, label: str) -> None:
    """Paint the axis with labels below it on a grid of two rows that spans gutter and canvas."""
    width = grid.width - gutter
    grid.write(gutter - 1, 0, ["└"] + ["─"] * width, "axis")
    name = cells(label, 20)
    if len(name) < gutter:
        grid.write(gutter - 1 - len(name), 1, name, "hint")
    for tick in marked:
        column = gutter + cell(unit(tick.value, window.x, window.log_x), 0, width, 1)[0]
        size = len(tick.label)
        start = min(max(column - size // 2, gutter), grid.width - size)
        if grid.free(start - 1, 1, size + 1):
            grid.put(column, 0, "┬", "axis")
            grid.write(start, 1, list(tick.label), "axis")


def _paint_curve(
    grid: Grid, window: Window, series: Series, thinned: Thinned, layer: tuple[Layers, int], mono: bool
) -> None:
    look = LOOKS[series.role]
    lines = [line for piece in thinned.pieces for line in _clipped(piece, window)]
    if not lines:
        return
    if series.role == "raw":
        grid.overlay(paint_band(lines, grid.width, grid.height, look.marker if mono else ""), series.role)
        return
    marker = look.marker if mono else BRAILLE
    if is_dense(lines, grid.width, grid.height):
        rows = paint_dense(lines, grid.width, grid.height, marker)
    else:
        layers, number = layer
        rows = layers.draw(number, lines, grid.width, grid.height, marker)
    grid.overlay(rows, series.role)
    points = sum(len(piece.x) for piece in thinned.pieces)
    dotted = look.dots and points * 4 <= grid.width
    for piece in thinned.pieces:
        if dotted or len(piece.x) == 1:
            for x, y in zip(piece.x, piece.y, strict=True):
                place = _cell(grid, window, x, y)
                if place is not None and place not in grid.shared:
                    grid.put(*place, look.dot, series.role)


def _clipped(piece: Piece, window: Window) -> list[list[tuple[float, float]]]:
    return clip(piece, window.x, window.y, window.log_x, window.log_y)


def _paint_line(grid: Grid, window: Window, mark: Mark) -> None:
    """Paint the line of a mark, from the top or from its star down to the axis."""
    place = _cell(grid, window, mark.x, window.y[1] if mark.y is None else mark.y)
    if place is not None:
        for row in range(place[1], grid.height):
            grid.put(place[0], row, SOLID if mark.role == "cursor" else DOTTED, mark.role)


def _paint_star(grid: Grid, window: Window, mark: Mark) -> None:
    """Paint the star of a mark, if it has one."""
    place = None if mark.y is None else _cell(grid, window, mark.x, mark.y)
    if place is not None:
        grid.put(*place, STAR, mark.role)


def _paint_labels(grid: Grid, window: Window, marks: tuple[Mark, ...]) -> None:
    """Paint a label beside each line, where curves, other lines and labels leave room for it."""
    columns: dict[int, list[Mark]] = {}
    for mark in marks:
        place = _cell(grid, window, mark.x, window.y[1])
        if place is not None and mark.y is None and mark.label:
            columns.setdefault(place[0], []).append(mark)
    for column, there in columns.items():
        text = cells(_label(there), 20)
        size = len(text)
        after, before = int(column + size + 1 < grid.width), int(column > size)
        if grid.free(column + 1, 0, size + after):
            grid.write(column + 1, 0, text, there[-1].role)
        elif grid.free(column - size - before, 0, size + before):
            grid.write(column - size, 0, text, there[-1].role)


def _label(marks: list[Mark]) -> str:
    """The label of all marks in one column: the last one if all are of a kind, else their number.

    What the coach says is the last one; it stays readable beside an edit.
    """
    if marks[-1].role == "advice":
        return marks[-1].label
    kinds = {mark.label.partition(" ")[0] for mark in marks}
    return marks[-1].label if len(kinds) == 1 else f"{len(marks)} {marks[-1].role}s"


def _cell(grid: Grid, window: Window, x: float, y: float) -> tuple[int, int] | None:
    """The cell of a point; None outside the canvas, and for NaN."""
    if not (window.x[0] <= x <= window.x[1] and window.y[0] <= y <= window.y[1]):
        return None
    across, up = unit(x, window.x, window.log_x), unit(y, window.y, window.log_y)
    return cell(across, up, grid.width, grid.height)
