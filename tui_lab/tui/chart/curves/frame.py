"""The input and output of drawing a chart, as plain data."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from tui_lab.tui.chart.curves.axes import Limits
from tui_lab.tui.chart.curves.series import Role, Series

Style = Role | Literal["", "axis", "hint", "baseline", "best", "edit", "advice", "cursor", "gap"]
"""The role of a piece of text, to which the widget assigns a colour. The empty one is blank."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A reference level, drawn as a dashed line."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A position on the x axis, drawn as a dotted line behind the curves."""

    x: float
    label: str
    y: float | None = None
    """Where on the line a star is drawn; its label is then in the legend, otherwise at the line's top."""
    role: Literal["best", "edit", "advice", "cursor"] = "best"


@dataclass(frozen=True, slots=True)
class ChartData:
    """Everything to show, independent of the size of the screen."""

    series: tuple[Series, ...] = ()
    """Drawn in this order, the last one on top."""
    marks: tuple[Mark, ...] = ()
    baseline: Baseline | None = None
    log_x: bool = False
    log_y: bool = False
    x_limits: Limits | None = None
    """The zoom; by default the axis grows with the data."""
    y_limits: Limits | None = None
    whole: bool = False
    """Fit the y axis to every point; by default to the curves without their first points and spikes."""
    x_label: str = "step"
    y_label: str = "loss"
    x_whole: bool = True
    """x is a count, so ticks have no fractions."""
    hint: str = ""
    """The text shown while there is no point to draw."""
    notes: tuple[str, ...] = ()
    """Settings of the view, in brief: log axes, smoothing, zoom."""
    gap: str = ""
    """Validation minus training."""
    readout: str = ""
    """The values at the cursor, in place of the legend; parts are separated by two blanks."""


class Frame(NamedTuple):
    """A picture to draw: data, size in cells, with or without colour."""

    data: ChartData
    width: int
    height: int
    mono: bool = False
    """Without colour: curves differ by their markers."""


class Window(NamedTuple):
    """The limits of a picture. Passed to the next frame, they keep its axes stable."""

    x: Limits
    y: Limits
    log_x: bool
    log_y: bool


ChartRow = tuple[tuple[str, Style], ...]
"""A row of the picture as styled texts that exactly fill the width."""


class DrawnChart(NamedTuple):
    """A drawn frame."""

    rows: tuple[ChartRow, ...]
    window: Window | None
    """None if nothing could be drawn."""

    def text(self) -> list[str]:
        return ["".join(text for text, _ in row) for row in self.rows]
