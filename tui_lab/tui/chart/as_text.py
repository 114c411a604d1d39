"""A picture as lines of text, for widgets that show text."""

from collections.abc import Mapping, Sequence

from tui_lab.tui.chart.curves.frame import ChartData, ChartRow, Frame
from tui_lab.tui.chart.drawing.plot import draw
from tui_lab.tui.style.text import Line

STYLES_OF_CHART: dict[str, str] = {
    "step": "train", "raw": "faint", "gone": "faint", "axis": "dim", "hint": "faint", "baseline": "faint",
    "edit": "accent", "gap": "", "cursor": "bold",
}  # fmt: skip
"""The styles of a chart that text does not have under the same name."""


def chart_lines(data: ChartData, width: int, height: int, mono: bool = False) -> list[Line]:
    """A chart as lines of text."""
    return as_lines(draw(Frame(data, width, height, mono)).rows)


def as_lines(rows: Sequence[ChartRow], styles: Mapping[str, str] = STYLES_OF_CHART) -> list[Line]:
    """The rows of a picture as lines of text; `styles`: those that have another name there."""
    return [tuple((text, styles.get(style, style)) for text, style in row) for row in rows]
