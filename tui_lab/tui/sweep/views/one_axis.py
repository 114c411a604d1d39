"""One axis at a time: every trial over its value, with best, median and middle half of each part."""

from collections.abc import Sequence
from math import isfinite
from statistics import quantiles

from tui_lab.protocol.sweeps.view import TrialView
from tui_lab.tui.chart.curves.axes import fit_y, padded, ticks, unit
from tui_lab.tui.chart.curves.frame import Style, Window
from tui_lab.tui.chart.drawing.crowd import Canvas
from tui_lab.tui.chart.drawing.grid import Grid
from tui_lab.tui.chart.drawing.raster import cell
from tui_lab.tui.style.text import Line
from tui_lab.tui.sweep.scales import AxisScale
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.texts import metric_text, value_text
from tui_lab.tui.sweep.views.view import (
    TOO_SMALL,
    Space,
    View,
    heading,
    is_dim,
    key_of,
    nothing_yet,
    robust,
    words,
)

MOST_PARTS = 10
HALF, MEDIAN, LEAD = "░", "━", "▔"
"""The middle half of the trials of a part, their median, and the best of them."""


class OneAxisView(View):
    """Trials as dots over one axis."""

    name, short = "one axis", "axis"
    conditions = frozenset({"axes", "curves"})

    def lines(self, shown: SweepShown, width: int, height: int) -> list[Line]:
        if not shown.names:
            return words("This sweep has no axis: only its seeds and folds vary.", width)
        scale = shown.scales[shown.names[shown.axis % len(shown.names)]]
        drawn = [
            trial for trial in shown.ranked
            if scale.name in trial.values and (trial.best > 0 or not shown.log_y)
        ]  # fmt: skip
        span = robust([trial.best for trial in drawn], shown.view.lower_is_better)
        if span is None:
            return words(nothing_yet(shown), width)
        limits = fit_y(*span, log=shown.log_y)
        space = Space(width, height, ticks(limits, min(8, max(2, (height - 3) // 3)), log=shown.log_y))
        if not space.enough:
            return words(TOO_SMALL, width)
        window = Window((0.0, 1.0), padded(limits, space.tall, shown.log_y), False, shown.log_y)
        canvas = Grid(space.wide, space.tall)
        _parts(canvas, shown, scale, drawn, window)
        for style, some in _sorts(shown, drawn):
            dots = Canvas(space.wide, space.tall)
            for trial in some:
                dots.add([_place(trial, scale, window)])
            canvas.overlay(dots.rows(), style)
        _signs(canvas, shown, scale, window)
        x_ticks = scale.ticks(max(2, space.wide // 12))
        return space.lines(_legend(shown, scale, drawn, window, width), canvas, window, x_ticks, "")

    def turn(self, shown: SweepShown, steps: int) -> None:
        shown.turn_axis("axis", steps)


def _place(trial: TrialView, scale: AxisScale, window: Window) -> tuple[float, float]:
    up = unit(trial.best, window.y, window.log_y)
    return scale.place(trial.values[scale.name]), min(max(up, 0.0), 1.0)


def _sorts(shown: SweepShown, drawn: Sequence[TrialView]) -> list[tuple[Style, list[TrialView]]]:
    top = [trial for trial in drawn if trial.number in shown.top]
    rest = [trial for trial in drawn if trial.number not in shown.top]
    return [
        ("gone", [trial for trial in rest if is_dim(trial)]),
        ("raw", [trial for trial in rest if not is_dim(trial)]),
        ("step", top),
    ]


def _parts(
    canvas: Grid, shown: SweepShown, scale: AxisScale, drawn: Sequence[TrialView], window: Window
) -> None:
    """Paint the middle half, the median and the best of the trials in each part of the axis."""
    bins = scale.bins(MOST_PARTS)
    values: list[list[float]] = [[] for _ in bins.labels]
    for trial in drawn:
        values[bins.of(trial.values[scale.name])].append(trial.best)
    for found, (begin, end) in zip(values, bins.ends, strict=True):
        if not found:
            continue
        columns = range(
            round(begin * canvas.width), max(round(begin * canvas.width) + 1, round(end * canvas.width) - 1)
        )
        low, middle, high = quantiles(found, n=4, method="inclusive") if len(found) > 1 else found * 3
        rows = sorted(_row(value, window, canvas.height) for value in (low, high))
        _fill(canvas, columns, range(rows[0], rows[1] + 1), HALF, "gone")
        at = _row(middle, window, canvas.height)
        _fill(canvas, columns, range(at, at + 1), MEDIAN, "edit")
        best = _row(min(found, key=shown.view.cost), window, canvas.height)
        _fill(canvas, columns, range(best, best + 1), LEAD, "best")


def _fill(canvas: Grid, columns: range, rows: range, glyph: str, style: Style) -> None:
    for row in rows:
        for column in columns:
            canvas.put(column, row, glyph, style)


def _row(value: float, window: Window, height: int) -> int:
    return cell(0.0, min(max(unit(value, window.y, window.log_y), 0.0), 1.0), 1, height)[1]


def _signs(canvas: Grid, shown: SweepShown, scale: AxisScale, window: Window) -> None:
    """Paint the best and the selected trial over all."""
    for trial, glyph, style in ((shown.best, "★", "best"), (shown.chosen, "◆", "val")):
        if trial is None or scale.name not in trial.values or not isfinite(trial.best):
            continue
        if trial is shown.best and glyph == "◆":
            continue
        if window.log_y and trial.best <= 0:
            continue
        column, row = cell(*_place(trial, scale, window), canvas.width, canvas.height)
        canvas.put(column, row, glyph, style)  # type: ignore[arg-type]


def _legend(
    shown: SweepShown, scale: AxisScale, drawn: Sequence[TrialView], window: Window, width: int
) -> Line:
    low, high = window.y
    beyond = sum(not low <= trial.best <= high for trial in drawn)
    side = "above" if shown.view.lower_is_better else "below"
    best = shown.best
    found = "" if best is None or scale.name not in best.values else value_text(best.values[scale.name])
    return heading(
        width,
        ((f"{scale.name}", "bold"), (f"  {shown.metric}{', log scale' if shown.log_y else ''}", "dim")),
        key_of("★", "best", f"best {metric_text(shown.metric, best.best)} at {found}")
        if best and found
        else (),
        key_of(MEDIAN, "accent", "median"),
        key_of(HALF, "crowd-dim", "middle half"),
        key_of(LEAD, "best", "best of a part"),
        key_of("◆", "val", "selected") if shown.chosen is not best else (),
        ((f"{beyond:,} {side}", "faint"),) if beyond else (),
    )
