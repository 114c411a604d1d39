"""What a view of a sweep is, and what several of them use."""

from collections.abc import Sequence
from typing import ClassVar

from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.tui.chart.as_text import STYLES_OF_CHART, as_lines
from tui_lab.tui.chart.curves.axes import Limits, Tick
from tui_lab.tui.chart.curves.frame import Style, Window
from tui_lab.tui.chart.drawing.grid import Grid
from tui_lab.tui.chart.drawing.paint import X_AXIS, paint_x_axis, paint_y_axis
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.text import Line, clip, line, width_of, wrap
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.texts import ENDED_EARLY

STYLES = {**STYLES_OF_CHART, "raw": "crowd", "gone": "crowd-dim"}
"""A crowd is no background of something else, as single steps are."""
LEAST = 4
"""The minimum rows and columns of a picture."""
TOO_SMALL = "There is too little room for this view."
Layer = tuple[list[str], Style]
"""Rows of glyphs, and their style."""


class View:
    """One way to look at all trials. Pure: the lines follow from what is shown and from the size."""

    name: ClassVar[str]
    short: ClassVar[str]
    conditions: ClassVar[frozenset[When]] = frozenset()
    """Which keys do something here."""
    unfinished = False
    """Whether not all is drawn yet, so that it should be asked again soon."""

    def lines(self, shown: SweepShown, width: int, height: int) -> list[Line]:
        raise NotImplementedError

    def turn(self, shown: SweepShown, steps: int) -> None:
        """Left and right."""


class Space:
    """The room of a picture with axes: a heading of one row, the canvas, the x axis."""

    def __init__(self, width: int, height: int, y_ticks: Sequence[Tick]) -> None:
        self.width, self.height = width, height
        self.gutter = max((len(tick.label) for tick in y_ticks), default=0) + 1
        self.wide, self.tall = width - self.gutter, height - X_AXIS - 1
        self._y_ticks = y_ticks

    @property
    def enough(self) -> bool:
        """Whether anything can be drawn."""
        return self.wide >= LEAST and self.tall >= LEAST

    def canvas(self, layers: Sequence[Layer]) -> Grid:
        """Layers of glyphs, the last one on top."""
        grid = Grid(self.wide, self.tall)
        for rows, style in layers:
            grid.overlay(rows, style)
        return grid

    def lines(
        self, heading: Line, canvas: Grid, window: Window, x_ticks: list[Tick], x_label: str
    ) -> list[Line]:
        """The whole picture."""
        grid = Grid(self.width, self.tall + X_AXIS)
        y_axis, x_axis = Grid(self.gutter, self.tall), Grid(self.width, X_AXIS)
        paint_y_axis(y_axis, list(self._y_ticks), window)
        paint_x_axis(x_axis, self.gutter, x_ticks, window, x_label)
        grid.paste(y_axis, 0, 0)
        grid.paste(canvas, self.gutter, 0)
        grid.paste(x_axis, 0, self.tall)
        return [clip(heading, self.width), *as_lines(grid.rows(), STYLES)]


def heading(width: int, *parts: Line) -> Line:
    """Parts of a legend, as many as fit, from the first."""
    found: Line = ()
    for part in parts:
        joined = (*found, ("   ", ""), *part) if found else part
        if width_of(joined) <= width and part:
            found = joined
    return found


def words(text: str, width: int) -> list[Line]:
    """What is said in place of a picture."""
    return [(), *wrap(text, width, "dim")]


def key_of(glyph: str, style: str, text: str) -> Line:
    """An entry of a legend."""
    return line((glyph + " ", style), (text, "dim"))


def is_dim(trial: TrialView) -> bool:
    """Whether a trial is one of those that come to nothing, and not the best in spite of that."""
    return trial.status in ENDED_EARLY


def no_trial_yet(view: SweepView) -> str:
    """Why there is no trial at all."""
    if view.sweep is None:
        return "Nothing has been recorded yet."
    count = view.sweep.trials
    waiting = f"All {count:,} trials are waiting" if count > 1 else "The trial is waiting"
    why = "the first are being chosen" if view.status == "running" else f"the sweep is {view.status}"
    return f"{waiting}: {why}."


def nothing_yet(shown: SweepShown) -> str:
    """Why there is no trial to draw."""
    if shown.text and not shown.trials:
        return "No trial matches the filter. Esc clears it."
    if shown.text:
        return "No trial that matches the filter has a value yet. Esc clears it."
    if not shown.view.trials:
        return no_trial_yet(shown.view)
    if shown.over and not any(trial.status in ("running", "waiting") for trial in shown.view.trials):
        return "No trial has a value: all diverged, failed or were dropped. The table (6) has their messages."
    return "No trial has a value yet: it takes an epoch of one."


def robust(values: Sequence[float], lower_is_better: bool, share: float = 0.9) -> Limits | None:
    """From the best value to the worst of that `share` of them that is best; the rest would squeeze these."""
    if not values:
        return None
    ranked = sorted(values, reverse=not lower_is_better)
    last = ranked[min(len(ranked) - 1, int(share * len(ranked)))]
    return min(ranked[0], last), max(ranked[0], last)
