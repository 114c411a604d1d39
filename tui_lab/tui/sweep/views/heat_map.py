"""Two axes by best value: a cell for each part of both, the better the brighter."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median

from tui_lab.protocol.sweeps.view import TrialView
from tui_lab.tui.style.text import Line, Span, clip, cut, line
from tui_lab.tui.style.theme import SHADES
from tui_lab.tui.sweep.scales import Bins
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.texts import metric_text
from tui_lab.tui.sweep.views.view import LEAST, TOO_SMALL, View, nothing_yet, words

CELL, TALLEST = 10, 5
"""The minimum width of a cell, and its maximum height, in characters."""
MOST = 12
"""At most so many cells in a row or a column."""
_LABEL = 14


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with trials in it. `value`: the best or the median; `level`: from 1, bad, to 5, good."""

    value: float
    level: int
    trials: tuple[TrialView, ...]


class HeatMapView(View):
    """Rows and columns are parts of two axes; the marks say where the best and the selected trial are."""

    name, short = "heat map", "heat"
    conditions = frozenset({"axes", "plane"})

    def lines(self, shown: SweepShown, width: int, height: int) -> list[Line]:
        names = shown.names
        if len(names) < 2:
            has = f"one axis, {names[0]}: view 3 shows it" if names else "none: only its seeds and folds vary"
            return words(f"A heat map takes two axes; this sweep has {has}.", width)
        if not shown.ranked:
            return words(nothing_yet(shown), width)
        x, y = names[shown.x % len(names)], names[shown.y % len(names)]
        gutter = min(_LABEL, max(6, *(len(text) for text in shown.scales[y].bins(MOST).labels))) + 2
        if width - gutter < CELL or height <= LEAST:
            return words(TOO_SMALL, width)
        rows = shown.scales[y].bins(max(1, min(MOST, height - 4)))
        columns = shown.scales[x].bins(max(1, min(MOST, (width - gutter) // CELL)))
        cells = _cells(shown, columns, rows, x, y)
        size = min(CELL * 2, (width - gutter) // len(columns.labels))
        tall = max(1, min(TALLEST, (height - 4) // len(rows.labels)))
        name = cut(f"{y} ↑", width // 3)
        lines = [line((name, "head"), ("  ", ""), *_what(shown, cells, width - len(name) - 2))]
        for row in reversed(range(len(rows.labels))):  # low values at the bottom, as in a chart
            lines += _row(shown, cells, row, (rows.labels[row], len(columns.labels)), (gutter, size, tall))
        lines.append(_labels(columns.labels, gutter, size))
        lines.append(line((" " * gutter + cut(f"{x} →", max(1, width - gutter)), "head")))
        return [clip(one, width) for one in (*lines, *_legend(shown, cells))]

    def turn(self, shown: SweepShown, steps: int) -> None:
        shown.turn_axis("x", steps)


Cells = dict[tuple[int, int], Cell]
"""By column and row."""


def _cells(shown: SweepShown, columns: Bins, rows: Bins, x: str, y: str) -> Cells:
    found: dict[tuple[int, int], list[TrialView]] = {}
    for trial in shown.trials:
        if x in trial.values and y in trial.values:
            place = columns.of(trial.values[x]), rows.of(trial.values[y])
            found.setdefault(place, []).append(trial)
    values = {place: _value(shown, trials) for place, trials in found.items()}
    known = sorted({value for value in values.values() if isfinite(value)}, key=shown.view.cost, reverse=True)
    levels = {value: 1 + k * len(SHADES) // len(known) for k, value in enumerate(known)}
    return {
        place: Cell(values[place], levels.get(values[place], 0), tuple(trials))
        for place, trials in found.items()
    }


def _value(shown: SweepShown, trials: Sequence[TrialView]) -> float:
    known = [trial.best for trial in trials if isfinite(trial.best)]
    if not known:
        return float("nan")
    return median(known) if shown.median else min(known, key=shown.view.cost)


def _row(
    shown: SweepShown, cells: Cells, row: int, labels: tuple[str, int], sizes: tuple[int, int, int]
) -> list[Line]:
    """A row of cells, with the numbers in its middle line."""
    (label, columns), (gutter, size, tall) = labels, sizes
    best, chosen = shown.best, shown.chosen
    found: list[Line] = []
    for k in range(tall):
        middle = k == tall // 2
        spans: list[Span] = [
            (cut(label, gutter - 2).rjust(gutter - 2) + "  " if middle else " " * gutter, "dim")
        ]
        for column in range(columns):
            cell = cells.get((column, row))
            text = "" if cell is None or not middle else metric_text(shown.metric, cell.value)
            if cell is not None and middle and best in cell.trials:
                text = "★" + text
            if cell is not None and middle and chosen in cell.trials:
                text = f"›{text}‹"
            style = f"right{cell.level}" if cell is not None and cell.level else "dim"
            spans.append((text.center(size - 1)[: size - 1], style))
            spans.append((" ", ""))
        found.append(line(*spans))
    return found


def _labels(labels: Sequence[str], gutter: int, size: int) -> Line:
    return line((" " * gutter + "".join(cut(label, size - 1).center(size) for label in labels), "dim"))


def _what(shown: SweepShown, cells: Cells, width: int) -> list[Span]:
    what = "median" if shown.median else "best"
    text = f"{what} {shown.metric} of the trials in a cell; b: {'best' if shown.median else 'median'}"
    chosen = next((cell for cell in cells.values() if shown.chosen in cell.trials), None)
    if chosen is not None:
        count = len(chosen.trials)
        text += f"; › ‹ has {count:,} trial{'' if count == 1 else 's'}"
    return [(cut(text, max(1, width)), "dim")]


def _legend(shown: SweepShown, cells: Cells) -> list[Line]:
    """What the shades mean, in numbers, from the best."""
    spans: list[Span] = []
    for level in range(len(SHADES), 0, -1):
        values = sorted((cell.value for cell in cells.values() if cell.level == level), key=shown.view.cost)
        if values:
            first, last = (metric_text(shown.metric, value) for value in (values[0], values[-1]))
            text = f"{first} to {last}" if not spans and first != last else f"to {last}" if spans else first
            spans += [("  ", f"right{level}"), (f" {text}  ", "dim")]
    bare = sum(1 for cell in cells.values() if not cell.level)
    if bare:
        spans.append(("– no value", "dim"))
    return [line(*spans)]
