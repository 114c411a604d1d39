"""What a chart is asked to show, and what comes back: plain data, no screen."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from tui_lab.tui.chart.axes import Limits
from tui_lab.tui.chart.series import Role, Series

Style = Role | Literal["", "axis", "hint", "baseline", "best", "edit", "cursor", "gap"]
"""What a run of text is; the widget gives each a colour. The empty one is a blank."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A level to compare with, drawn as a dashed line."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the x axis, drawn as a dotted line behind the curves."""

    x: float
    label: str
    y: float | None = None
    """Where on the line a star goes; the label is then in the legend, else at the line's head."""
    role: Literal["best", "edit", "cursor"] = "best"


@dataclass(frozen=True, slots=True)
class ChartData:
    """All that is to be seen, whatever the size of the screen."""

    series: tuple[Series, ...] = ()
    """Drawn in this order, so the last lies on top."""
    marks: tuple[Mark, ...] = ()
    baseline: Baseline | None = None
    log_x: bool = False
    log_y: bool = False
    x_limits: Limits | None = None
    """Zoom, or the planned length of a run; by default the axis grows with the data."""
    y_limits: Limits | None = None
    whole: bool = False
    """The y axis makes room for every point; else for the curves without their first points and spikes."""
    x_label: str = "step"
    y_label: str = "loss"
    x_whole: bool = True
    """x counts something, so that ticks have no fractions."""
    hint: str = ""
    """What to read while there is no point to draw."""
    note: str = ""
    """How the curves are looked at, in few words."""
    gap: str = ""
    """How far the curves are apart at their ends."""
    readout: str = ""
    """What the curves are at the cursor, in place of the legend. Its parts have two blanks between them."""


class Frame(NamedTuple):
    """One picture to draw: what, how large (in cells), and with or without colour."""

    data: ChartData
    width: int
    height: int
    mono: bool = False
    """Curves are to differ in shape."""


class Window(NamedTuple):
    """The limits of a picture. Given back with the next frame, they keep its axes still."""

    x: Limits
    y: Limits
    log_x: bool
    log_y: bool


Row = tuple[tuple[str, Style], ...]
"""A row of the picture as runs of text; together they fill the width exactly."""


class Picture(NamedTuple):
    """A drawn frame."""

    rows: tuple[Row, ...]
    window: Window | None
    """None where nothing could be drawn."""

    def text(self) -> list[str]:
        """Give the rows as plain text."""
        return ["".join(text for text, _ in row) for row in self.rows]
