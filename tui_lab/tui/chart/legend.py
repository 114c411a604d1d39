"""The line above the canvas that names everything on it."""

from dataclasses import dataclass

from tui_lab.tui.chart.frame import ChartData, Style
from tui_lab.tui.chart.grid import Grid, cells
from tui_lab.tui.chart.raster import BRAILLE
from tui_lab.tui.chart.series import Role

STAR = "★"
DASH = "╌"
ARROWS = {-1: " ↓", 0: "", 1: " ↑"}


@dataclass(frozen=True, slots=True)
class Look:
    """How a role is drawn."""

    marker: str
    """What draws its line where there is no colour to tell it by; in colour all are braille."""
    dot: str
    """A point that stands alone."""
    swatch: str
    """Its line in the legend where there is no colour."""
    dots: bool = False
    """Its points are few and each counts, so that they are dotted along the line."""


LOOKS: dict[Role, Look] = {
    "train": Look(BRAILLE, "⠶", "⠒⠒"),
    "val": Look("●", "●", "●●", dots=True),
    "raw": Look("·", "·", "··"),
    "gone": Look("·", "·", "··"),
    "run1": Look("●", "●", "●●", dots=True),
    "run2": Look("○", "○", "○○", dots=True),
    "run3": Look("×", "×", "××", dots=True),
    "run4": Look("+", "+", "++", dots=True),
    "run5": Look("▲", "▲", "▲▲", dots=True),
    "run6": Look("△", "△", "△△", dots=True),
    "run7": Look("■", "■", "■■", dots=True),
    "run8": Look("□", "□", "□□", dots=True),
}


def paint_legend(
    grid: Grid, column: int, data: ChartData, mono: bool, baseline_side: int, hidden: int
) -> None:
    """Write the legend on the first row from a column on; the first that does not fit ends it.

    `baseline_side` is 1 where the baseline lies above the axis, -1 below, 0 on it.
    """
    if data.readout:
        grid.write(column, 0, cells(data.readout, grid.width - column), "cursor")
        return
    entries: list[tuple[str, Style, str]] = []
    if data.note:
        entries.append(("", "hint", data.note))
    if hidden:
        noun = "point" if hidden == 1 else "points"
        entries.append(("", "hint", f"{hidden:,} {noun} hidden (≤ 0)"))
    for series in reversed(data.series):
        if not series.label:
            continue
        swatch = LOOKS[series.role].swatch if mono else "──"
        entries.append((swatch, series.role, series.label))
    stars = [mark for mark in data.marks if mark.y is not None]
    entries += [(STAR, mark.role, mark.label) for mark in stars]
    if data.baseline is not None:
        label = data.baseline.label + ARROWS[baseline_side]
        entries.append((DASH * 2, "baseline", label))
    for swatch, style, label in entries:
        name = cells(label, 40)
        if column + len(swatch) + 1 + len(name) > grid.width:
            return
        if swatch:
            grid.write(column, 0, list(swatch), style)
            column += len(swatch) + 1
        grid.write(column, 0, name, "hint" if not swatch else "axis")
        column += len(name) + 2
