"""Parallel coordinates: a vertical for each axis and one for the metric, a line for each trial."""

from collections.abc import Sequence
from functools import partial

from tui_lab.protocol.sweeps.view import TrialView
from tui_lab.tui.chart.as_text import as_lines
from tui_lab.tui.chart.curves.axes import Limits, fit_y, unit
from tui_lab.tui.chart.curves.frame import Style
from tui_lab.tui.chart.drawing.crowd import Canvas, Crowd, Member
from tui_lab.tui.chart.drawing.grid import Grid, cells
from tui_lab.tui.chart.drawing.raster import Polyline
from tui_lab.tui.style.text import Line, cut
from tui_lab.tui.sweep.scales import AxisScale
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.texts import metric_text
from tui_lab.tui.sweep.views.cloud import BUDGET
from tui_lab.tui.sweep.views.view import (
    LEAST,
    STYLES,
    View,
    heading,
    is_dim,
    key_of,
    nothing_yet,
    robust,
    words,
)

_NAMES = 2
"""The rows of the names and of the ends of the scales, above and below."""
_LAYERS: tuple[tuple[str, Style], ...] = (("early", "gone"), ("other", "raw"), ("top", "step"))


class ParallelView(View):
    """Of trials that go on only the best and the selected one have a line: the others would move."""

    name, short = "parallel", "par."
    conditions = frozenset({"curves"})

    def __init__(self) -> None:
        self._crowds = {name: Crowd() for name, _ in _LAYERS}
        self._limits: Limits | None = None

    def lines(self, shown: SweepShown, width: int, height: int) -> list[Line]:
        names, tall = shown.names, height - 2 - _NAMES
        if not names:
            return words("This sweep has no axis: only its seeds and folds vary.", width)
        drawn = [
            trial for trial in shown.ranked
            if trial.values.keys() >= set(names) and (trial.best > 0 or not shown.log_y)
        ]  # fmt: skip
        span = robust([trial.best for trial in drawn], shown.view.lower_is_better)
        if span is None:
            self.unfinished = False
            return words(nothing_yet(shown), width)
        if tall < LEAST or width < LEAST * (len(names) + 1):
            return []
        limits = self._limits = fit_y(*span, log=shown.log_y, old=self._limits)
        canvas = Grid(width, tall)
        for rows, style in self._layers(shown, drawn, limits, (width, tall)):
            canvas.overlay(rows, style)
        places = _columns(len(names) + 1, width)
        for place, name in zip(places, names, strict=False):
            _vertical(canvas, place, shown.scales[name])
        _line(canvas, places[-1])
        grid = Grid(width, height - 1)
        _heads(grid, shown, places, limits)
        grid.paste(canvas, 0, 2)
        return [self._legend(shown, drawn, width), *as_lines(grid.rows(), STYLES)]

    def _layers(
        self, shown: SweepShown, drawn: Sequence[TrialView], limits: Limits, size: tuple[int, int]
    ) -> list[tuple[list[str], Style]]:
        key = (
            limits,
            shown.log_y,
            tuple((name, scale.limits, scale.values) for name, scale in shown.scales.items()),
        )
        sorts: dict[str, dict[int, Member]] = {name: {} for name in self._crowds}

        def line_of(trial: TrialView, _first: int = 0) -> list[Polyline]:
            ups = [scale.place(trial.values[name]) for name, scale in shown.scales.items()]
            ups.append(min(max(unit(trial.best, limits, shown.log_y), 0.0), 1.0))
            return [[(k / (len(ups) - 1), up) for k, up in enumerate(ups)]]

        for trial in drawn:
            if trial.number in shown.top:
                name = "top"
            elif trial.over:
                name = "early" if is_dim(trial) else "other"
            else:
                continue  # its line would move with each epoch
            sorts[name][trial.number] = Member(1, partial(line_of, trial))
        budget, rows = BUDGET, {}
        for name, _ in reversed(_LAYERS):
            rows[name], budget = self._crowds[name].draw(sorts[name], size, key, budget)
        self.unfinished = any(crowd.waiting for crowd in self._crowds.values())
        layers = [(rows[name], style) for name, style in _LAYERS]
        best, chosen = shown.best, shown.chosen
        signs: tuple[tuple[TrialView | None, Style], ...] = ((best, "best"), (chosen, "val"))
        for one, style in signs:
            if one is not None and one in drawn and (style == "best" or one is not best):
                alone = Canvas(*size)
                for polyline in line_of(one):
                    alone.add(polyline)
                layers.append((alone.rows(), style))
        return layers

    def _legend(self, shown: SweepShown, drawn: Sequence[TrialView], width: int) -> Line:
        best, chosen = shown.best, shown.chosen
        waiting = sum(crowd.waiting for crowd in self._crowds.values())
        return heading(
            width,
            key_of("──", "best", f"best #{best.number} {metric_text(shown.metric, best.best)}")
            if best
            else (),
            key_of("──", "val", f"#{chosen.number}")
            if chosen in drawn and chosen is not best and chosen
            else (),
            ((f"{waiting:,} not drawn yet", "warn"),) if waiting else (),
            key_of("──", "train", "best tenth") if len(drawn) >= 10 else (),
            key_of("──", "crowd", "other"),
            key_of("──", "crowd-dim", "ended early") if any(map(is_dim, drawn)) else (),
        )


def _columns(count: int, width: int) -> list[int]:
    """The columns of the verticals: from the first to the last of the canvas."""
    return [min(int(k / (count - 1) * width), width - 1) for k in range(count)]


def _line(canvas: Grid, column: int) -> None:
    for row in range(canvas.height):
        canvas.put(column, row, "│", "axis")


def _vertical(canvas: Grid, column: int, scale: AxisScale) -> None:
    """The line of an axis; of one with a list of values, with their names where no line hides them."""
    _line(canvas, column)
    if scale.axis.is_range or len(scale.values) * 2 > canvas.height:
        return
    for tick in scale.ticks(len(scale.values)):
        text = cells(tick.label, 9)
        row = min(int((1 - tick.value) * canvas.height), canvas.height - 1)
        canvas.put(column, row, "┼", "axis")
        if canvas.free(column + 1, row, len(text)):
            canvas.write(column + 1, row, text, "hint")


def _heads(grid: Grid, shown: SweepShown, places: list[int], limits: Limits) -> None:
    """Names and upper ends above, lower ends below."""
    room = places[1] - places[0] - 1
    uppers, lowers = [], []
    for scale in shown.scales.values():
        marks = scale.ends()
        lowers.append(marks[0])
        uppers.append(marks[1])
    lowers.append(metric_text(shown.metric, limits[0]))
    uppers.append(metric_text(shown.metric, limits[1]))
    for k, (place, name) in enumerate(zip(places, [*shown.names, shown.metric], strict=True)):
        for row, text, style in (
            (0, name, "axis"),
            (1, uppers[k], "hint"),
            (grid.height - 1, lowers[k], "hint"),
        ):
            shown_text = cells(cut(text, room))
            start = 0 if k == 0 else place - len(shown_text) // 2
            grid.write(min(max(start, 0), grid.width - len(shown_text)), row, shown_text, style)  # type: ignore[arg-type]
