"""The texts of the chart: what was switched on, the gap of the losses, the values at the cursor."""

from bisect import bisect_right
from collections.abc import Sequence
from math import isfinite

from tui_lab.tui.chart.curves.epoch_series import Track
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.curves.series import Role, Series
from tui_lab.tui.chart.drawing.legend import BRIEF
from tui_lab.tui.style.format import change, number

AT_CURSOR = {**BRIEF, "steps": "step loss"}
"""Short names of the curves at the cursor."""
ORDER: dict[Role, int] = {"val": 0, "step": 0, "train": 1, "gone": 2, "raw": 3}
"""The order of the values at the cursor."""
X_LABELS = {"epoch": "epoch", "step": "step", "time": "seconds of training"}


def notes_of(lens: Lens) -> tuple[str, ...]:
    """What is switched on."""
    notes = {
        "log x": lens.log_x,
        "log y": lens.log_y,
        f"smooth {lens.smooth:.0%}": lens.smooth,
        "whole y": lens.whole,
        "zoomed, 0 shows all": lens.window is not None,
    }
    return tuple(note for note, used in notes.items() if used)


def gap_of(track: Track, x: float | None = None, lens: Lens | None = None) -> str:
    """Validation minus the training mean, at the latest epoch or at x."""
    ends, means = track.ends, track.means
    if not ends.values or not means.values:
        return ""
    validation_at, training_at = ends.values[-1], means.values[-1]
    if x is not None and lens is not None:
        validation_at = value_at(ends.xs(lens.x), ends.values, x)
        training_at = value_at(means.xs(lens.x), means.values, x)
    gap = validation_at - training_at
    return f"gap {change(gap)}" if isfinite(gap) else ""


def readout(track: Track, series: Sequence[Series], lens: Lens) -> str:
    """The value of every curve at the cursor."""
    if lens.cursor is None:
        return ""
    at = lens.cursor
    lines = [
        line
        for line in sorted(series, key=lambda line: ORDER[line.role])
        if line.label and line.fits and (line.role != "raw" or lens.x == "step" or not track.ends.values)
    ]
    values = [
        f"{AT_CURSOR.get(line.label, line.label)} {number(value_at(line.x, line.y, at))}" for line in lines
    ]
    parts = [place_text(lens), *values]
    parts.insert(3, gap_of(track, at, lens))
    return "  ".join(part for part in parts if part)


def place_text(lens: Lens) -> str:
    """The position of the cursor."""
    at = lens.cursor or 0.0
    if lens.x == "time":
        return f"{number(at)} s of training"
    return f"{X_LABELS[lens.x]} {at:,.0f}" if at == round(at) else f"{X_LABELS[lens.x]} {number(at)}"


def value_at(x: Sequence[float], y: Sequence[float], at: float) -> float:
    """The last value at or before a position, else the first. There must be one."""
    return y[max(0, bisect_right(x, at) - 1)]
