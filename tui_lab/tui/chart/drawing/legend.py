"""The legend above the canvas, in one or two rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tui_lab.tui.chart.curves.frame import ChartData, Style
from tui_lab.tui.chart.curves.series import Role, Series
from tui_lab.tui.chart.drawing.grid import Grid, cells
from tui_lab.tui.chart.drawing.raster import BRAILLE
from tui_lab.tui.chart.drawing.scene import Scene, baseline_side, cut_off

STAR = "★"
DASH = "╌"
GAP = 2
"""Blanks between two entries."""
BRIEF = {"training": "train", "validation": "val", "baseline": "base"}
"""Short names."""
RANKS: dict[Role, int] = {"gone": 4, "raw": 6}
"""Curves that are dropped from the legend first if room is short."""
ARROWS = {-1: " ↓", 0: "", 1: " ↑"}


@dataclass(frozen=True, slots=True)
class RoleStyle:
    """How a role is drawn."""

    marker: str
    """The marker of its line without colour; with colour, all lines are braille."""
    dot: str
    """The glyph of an isolated point."""
    swatch: str
    """Its symbol in the legend without colour."""
    dots: bool = False
    """Whether its points are drawn as dots on the line, if there are few."""


LOOKS: dict[Role, RoleStyle] = {
    "train": RoleStyle(BRAILLE, "⠶", "⠒⠒"),
    "val": RoleStyle("●", "●", "●●", dots=True),
    "step": RoleStyle(BRAILLE, "⠶", "⠒⠒"),
    "raw": RoleStyle("·", "·", "··"),
    "gone": RoleStyle("x", "x", "xx"),
    "run1": RoleStyle("●", "●", "●●", dots=True),
    "run2": RoleStyle("○", "○", "○○", dots=True),
    "run3": RoleStyle("×", "×", "××", dots=True),
    "run4": RoleStyle("+", "+", "++", dots=True),
    "run5": RoleStyle("▲", "▲", "▲▲", dots=True),
    "run6": RoleStyle("△", "△", "△△", dots=True),
    "run7": RoleStyle("■", "■", "■■", dots=True),
    "run8": RoleStyle("□", "□", "□□", dots=True),
}


@dataclass(frozen=True, slots=True)
class _LegendEntry:
    """One entry: the symbol and its style, the name, the short name.

    `rank`: if room is short, entries with the highest rank are dropped first.
    """

    swatch: str
    style: Style
    name: str
    brief: str
    rank: int

    def cells(self) -> list[str]:
        return cells(self.name, 40)

    def width(self) -> int:
        return len(self.swatch) + bool(self.swatch) + len(self.cells())


Legend = list[list[_LegendEntry]]
"""Its rows."""


def lay_out_legend(data: ChartData, scene: Scene, width: int, rows: int, mono: bool) -> Legend:
    """The legend in at most `rows` rows: with full names if they fit in one row, else with short ones.

    With a cursor, it shows the values of the curves there. Entries that do not fit are left out, the least
    important first.
    """
    parts = enumerate(part for part in data.readout.split("  ") if part)
    entries = [_LegendEntry("", "cursor", part, part, place) for place, part in parts]
    entries = entries or _entries(data, scene, mono)
    lines = _wrapped(entries, width)
    if len(lines) > 1:
        entries = [replace(entry, name=entry.brief) for entry in entries]
        lines = _wrapped(entries, width)
    while len(lines) > rows:
        entries.remove(max(entries, key=lambda entry: entry.rank))
        lines = _wrapped(entries, width)
    return lines


def paint_legend(grid: Grid, column: int, legend: Legend) -> None:
    """Write the legend to the first rows, starting at a column."""
    for row, entries in enumerate(legend):
        at = column
        for entry in entries:
            if entry.swatch:
                grid.write(at, row, list(entry.swatch), entry.style)
            name = at + len(entry.swatch) + bool(entry.swatch)
            grid.write(name, row, entry.cells(), "axis" if entry.swatch else entry.style)
            at += entry.width() + GAP


def _wrapped(entries: list[_LegendEntry], width: int) -> Legend:
    lines: Legend = [[]]
    used = 0
    for entry in entries:
        if used and used + entry.width() > width:
            lines.append([])
            used = 0
        lines[-1].append(entry)
        used += entry.width() + GAP
    if used > width + GAP:  # one entry that is wider than a row
        lines.append([])
    return lines


def _entries(data: ChartData, scene: Scene, mono: bool) -> list[_LegendEntry]:
    found: list[_LegendEntry] = []
    for series in reversed(data.series):
        if series.label and (series.role != "gone" or _drawn(series, scene)):
            swatch = LOOKS[series.role].swatch if mono else "──"
            brief = BRIEF.get(series.label, series.label)
            found.append(_LegendEntry(swatch, series.role, series.label, brief, RANKS.get(series.role, 0)))
    if data.gap:
        found.insert(2, _LegendEntry("", "gap", data.gap, data.gap, 1))
    stars = [mark for mark in data.marks if mark.y is not None]
    found += [_LegendEntry(STAR, mark.role, mark.label, mark.label, 2) for mark in stars]
    if data.baseline is not None:
        arrow = ARROWS[baseline_side(data, scene.window)]
        name = data.baseline.label
        found.append(_LegendEntry(DASH * 2, "baseline", name + arrow, BRIEF.get(name, name) + arrow, 5))
    found += [_LegendEntry("", "hint", note, note, 1) for note in data.notes]
    found += [_LegendEntry("", "hint", text, brief, 3) for text, brief in _cut(data, scene)]
    return found


def _drawn(series: Series, scene: Scene) -> bool:
    """Whether any line of a discarded part or of the parent is on the canvas; one label is for all parts."""
    (left, right), (low, high) = scene.window.x, scene.window.y
    for other, thinned in scene.curves:
        if other is series or (other.role == series.role and not other.label and not series.fits):
            for piece in thinned.pieces:
                for xs, ys in zip(_ends(piece.x), _ends(piece.y), strict=True):
                    if max(xs) >= left and min(xs) <= right and max(ys) >= low and min(ys) <= high:
                        return True
    return False


def _ends(values: Sequence[float]) -> list[tuple[float, float]]:
    """Each segment of a line, as its first and last value; a single point is a segment of its own."""
    return list(pairwise(values)) if len(values) > 1 else [(value, value) for value in values]


def _cut(data: ChartData, scene: Scene) -> list[tuple[str, str]]:
    """What is not shown, in full and in brief."""
    notes = []
    above, below = cut_off(data, scene.window)
    for count, where in ((above, "above"), (below, "below")):
        if count:
            notes.append((f"{count:,} point{'' if count == 1 else 's'} {where}", f"{count:,} {where}"))
    hidden = sum(thinned.hidden for _, thinned in scene.curves)
    if hidden:
        words = f"{hidden:,} point{'' if hidden == 1 else 's'} hidden (≤ 0)"
        notes.append((words, words))
    return notes
