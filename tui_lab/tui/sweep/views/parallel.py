"""Parallel coordinates: a vertical for each axis and one for the metric, a line for each trial."""

from collections.abc import Sequence

from tui_lab.experiment.metrics import short_name
from tui_lab.protocol.sweeps.view import TrialView
from tui_lab.runs.index.differences import title_of
from tui_lab.tui.chart.as_text import as_lines
from tui_lab.tui.chart.curves.axes import Limits, fit_y, unit
from tui_lab.tui.chart.curves.frame import Style
from tui_lab.tui.chart.drawing.crowd import Canvas, Crowd
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
    TOO_SMALL,
    View,
    heading,
    is_dim,
    key_of,
    nothing_yet,
    robust,
    words,
)

MARGIN, VALUE = 8, 8
"""The columns for the name and the ends of the metric, and the longest name of a value in the picture."""
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
        if tall < LEAST or width < LEAST * len(names) + MARGIN:
            return words(TOO_SMALL, width)
        limits = self._limits = fit_y(*span, log=shown.log_y, old=self._limits)
        wide = width - MARGIN
        canvas = Grid(wide, tall)
        for rows, style in self._layers(shown, drawn, limits, (wide, tall)):
            canvas.overlay(rows, style)
        places = [min(int(k / len(names) * wide), wide - 1) for k in range(len(names) + 1)]
        for place, name in zip(places, names, strict=False):
            _vertical(canvas, place, shown.scales[name], places[1] - 1)
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
        sorts: dict[str, dict[int, int]] = {name: {} for name in self._crowds}

        def line_of(number: int, _first: int = 0) -> list[Polyline]:
            trial = shown.view.trials[number]
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
            sorts[name][trial.number] = 1
        budget, rows = BUDGET, {}
        for name, _ in reversed(_LAYERS):
            rows[name], budget = self._crowds[name].draw(sorts[name], line_of, size, key, budget)
        self.unfinished = any(crowd.waiting for crowd in self._crowds.values())
        layers = [(rows[name], style) for name, style in _LAYERS]
        best, chosen = shown.best, shown.chosen
        signs: tuple[tuple[TrialView | None, Style], ...] = ((best, "best"), (chosen, "val"))
        for one, style in signs:
            if one is not None and one in drawn and (style == "best" or one is not best):
                alone = Canvas(*size)
                for polyline in line_of(one.number):
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


def _line(canvas: Grid, column: int) -> None:
    for row in range(canvas.height):
        canvas.put(column, row, "│", "axis")


def _vertical(canvas: Grid, column: int, scale: AxisScale, room: int) -> None:
    """The line of an axis; of one with a list of values, with their names if there is room for them."""
    _line(canvas, column)
    if scale.axis.is_range or len(scale.values) * 2 > canvas.height:
        return
    for tick in scale.ticks(len(scale.values)):
        text = cells(cut(tick.label, VALUE))
        row = min(int((1 - tick.value) * canvas.height), canvas.height - 1)
        canvas.put(column, row, "┼", "axis")
        if len(text) + VALUE < room:  # over the lines, which are known by their other end
            canvas.write(column + 1, row, text, "hint")


def _heads(grid: Grid, shown: SweepShown, places: list[int], limits: Limits) -> None:
    """Names and upper ends above, lower ends below, each from its vertical on."""
    names, metric = [title_of(name) for name in shown.names], shown.metric
    ends = [scale.ends() for scale in shown.scales.values()]
    lowers = [*(low for low, _ in ends), metric_text(metric, limits[0])]
    uppers = [*(high for _, high in ends), metric_text(metric, limits[1])]
    rows: tuple[tuple[int, list[str], Style], ...] = (
        (0, [*names, short_name(metric)], "axis"),
        (1, uppers, "hint"),
        (grid.height - 1, lowers, "hint"),
    )
    for row, texts, style in rows:
        for k, (place, text) in enumerate(zip(places, texts, strict=True)):
            room = (places[k + 1] if k + 1 < len(places) else grid.width) - place
            grid.write(place, row, cells(cut(text, room - (k + 1 < len(places)))), style)
