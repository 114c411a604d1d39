"""A heat map as a Textual widget, with the marks of the chart above it and its x axis below."""

from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui_lab.tui.chart.curves.frame import ChartRow, Mark
from tui_lab.tui.chart.drawing.grid import Grid, cells
from tui_lab.tui.chart.drawing.paint import DOTTED, SOLID, X_AXIS, paint_hint, x_axis
from tui_lab.tui.layers_over_time.heat import HeatData, HeatRow
from tui_lab.tui.layers_over_time.shades import block, colour, readable, style
from tui_lab.tui.widgets.picture import UPPER

AXES_FROM = (24, 6)
"""The minimum width and height for labels and the x axis."""
_SWATCH = 8
_COLOURS = {
    "axis": "$foreground 70%",
    "hint": "$foreground 50%",
    "edit": "$accent",
    "best": "$text-success",
    "cursor": "$foreground",
    "chosen": "$accent",
}


class HeatMap(Widget):
    """Drawn by `show`, on resize and when the theme changes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"heat--{role}" for role in _COLOURS}
    DEFAULT_CSS = "HeatMap { width: 1fr; height: 1fr; min-height: 4; }\n" + "".join(
        f"HeatMap > .heat--{role} {{ color: {shade}; }}\n" for role, shade in _COLOURS.items()
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._data: HeatData | None = None
        self._strips: list[Strip] = []
        self._drawn_for = (0, 0)

    @property
    def text(self) -> list[str]:
        """The rows without colours."""
        return [strip.text for strip in self._strips]

    def show(self, data: HeatData) -> None:
        """Draw new data."""
        self._data = data
        self._draw()
        self.refresh()

    def on_resize(self) -> None:
        self._draw()

    def notify_style_update(self) -> None:
        """Use the colours of the new theme."""
        super().notify_style_update()
        self._draw()

    def render_line(self, y: int) -> Strip:
        """One row."""
        if self._drawn_for != self.size:
            self._draw()
        width, ground = self.size.width, self.rich_style
        if y >= len(self._strips):
            return Strip.blank(width, ground)
        return self._strips[y].apply_style(ground).adjust_cell_length(width, ground)

    def _draw(self) -> None:
        self._drawn_for = width, height = self.size
        if self._data is None or not width or not height:
            self._strips = []
            return
        coloured = not self.app.no_color and self.app.console.color_system is not None
        self._strips = [
            Strip([Segment(text, self._style(role) if isinstance(role, str) else role) for text, role in row])
            for row in drawn(self._data, width, height, coloured)
        ]

    def _style(self, role: str) -> Style:
        return self.get_component_rich_style(f"heat--{role}") if role in _COLOURS else Style()


HeatLine = list[tuple[str, str | Style]]
"""Texts, each with the name of its role or, on the map, its colours."""


def drawn(data: HeatData, width: int, height: int, coloured: bool) -> list[HeatLine]:
    """The whole picture: at most `height` rows of `width` cells."""
    roomy = width >= AXES_FROM[0] and height >= AXES_FROM[1]
    body = height - (1 + X_AXIS) * roomy
    half = coloured and data.heat.fine
    rows = data.heat.rows(body * 2 if half else body)
    if not rows or not data.xs:
        grid = Grid(width, height)
        paint_hint(grid, data.chart.hint)
        return [_plain(row) for row in grid.rows()]
    gutter = (max(len(cells(row.label)) for row in rows) + 4) if roomy else 0
    columns = width - gutter
    places = data.places(columns)
    marks = {data.column(mark.x, columns): mark for mark in data.chart.marks}
    marks.pop(-1, None)
    lines = [_heading(data, gutter, columns, coloured)] if roomy else []
    step = 2 if half else 1
    for first in range(0, len(rows), step):
        pair = rows[first : first + step]
        label: HeatLine = _label(pair, gutter) if gutter else []
        lines.append([*label, *_joined(_cells(data, pair, places, marks, coloured))])
    if roomy:
        lines += [_plain(row) for row in x_axis(width, gutter, data.chart, data.limits).rows()]
    return lines


def _label(rows: list[HeatRow], gutter: int) -> HeatLine:
    label = next((row.label for row in rows if row.label), "")
    chosen = rows[0].chosen
    text = "".join(cells(label))
    sign = "›" if chosen and label else " "
    edge = "┃" if chosen else "│"
    pad = " " * (gutter - 3 - len(cells(label)))
    return [(sign, "chosen"), (pad + text + " ", "chosen" if chosen else "axis"), (edge, "axis")]


def _cells(
    data: HeatData, rows: list[HeatRow], places: list[int], marks: dict[int, Mark], coloured: bool
) -> HeatLine:
    found: HeatLine = []
    scale = data.heat.scale
    for column, place in enumerate(places):
        levels = [row.levels[place] if place >= 0 else None for row in rows]
        mark = marks.get(column)
        line = "" if mark is None else SOLID if mark.role == "cursor" else DOTTED
        if not coloured:
            found.append((line or block(levels[0], scale), mark.role if mark else "axis"))
        elif line:
            under = colour(levels[-1], scale)
            found.append((line, style(readable(under), under) if under else mark.role if mark else ""))
        elif len(levels) > 1:
            upper, lower = (colour(level, scale) for level in levels)
            found.append((UPPER if upper else " ", style(upper, lower)))
        else:
            found.append((" ", style(None, colour(levels[0], scale))))
    return found


def _heading(data: HeatData, gutter: int, columns: int, coloured: bool) -> HeatLine:
    """What the colours mean, at the left, where marks are rare; and the labels of the marks."""
    low, high = data.heat.ends()
    key: HeatLine = [(low + " ", "hint"), *_swatch(data, coloured), (" " + high, "hint")]
    used = sum(len(text) for text, _ in key) + 1
    if used > columns // 2:
        key, used = [], 0
    grid = Grid(gutter + columns, 1)
    for mark in data.chart.marks:
        at, text = data.column(mark.x, columns), cells(mark.label, 20)
        start = gutter + (at if at + len(text) <= columns else at - len(text) + 1)
        if at >= 0 and text and start >= gutter + used and grid.free(start, 0, len(text)):
            grid.write(start, 0, text, mark.role)
    rest, left = _plain(grid.rows()[0]), gutter + used
    found: HeatLine = [(" " * gutter, ""), *key, *([(" ", "")] if key else [])]
    for written, role in rest:  # behind the key there is nothing
        found.append((written[left:], role))
        left = max(0, left - len(written))
    return found


def _swatch(data: HeatData, coloured: bool) -> HeatLine:
    scale = data.heat.scale
    middle = scale in ("band", "signed")
    levels = [k / (_SWATCH - 1) * (2 if middle else 1) - middle for k in range(_SWATCH)]
    if coloured:
        return [(" ", style(None, colour(level, scale))) for level in levels]
    return [("".join(block(level, scale) for level in levels), "axis")]


def _plain(row: ChartRow) -> HeatLine:
    return [*row]


def _joined(line: HeatLine) -> HeatLine:
    """Neighbours of one style as one text."""
    groups = groupby(line, key=lambda cell: cell[1])
    return [("".join(text for text, _ in group), role) for role, group in groups]
