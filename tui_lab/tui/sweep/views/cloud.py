"""All curves of the metric as one cloud: the best bright, the selected one in a colour of its own."""

from collections.abc import Iterable, Sequence
from math import isfinite

from tui_lab.protocol.sweeps.view import TrialView
from tui_lab.tui.chart.curves.axes import fit_x, fit_y, padded, ticks
from tui_lab.tui.chart.curves.frame import Window
from tui_lab.tui.chart.curves.series import decimate
from tui_lab.tui.chart.drawing.clip import clip
from tui_lab.tui.chart.drawing.crowd import Canvas, Crowd
from tui_lab.tui.chart.drawing.raster import Polyline
from tui_lab.tui.style.text import Line
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.texts import metric_text
from tui_lab.tui.sweep.views.view import (
    TOO_SMALL,
    Layer,
    Space,
    View,
    heading,
    is_dim,
    key_of,
    nothing_yet,
    robust,
    words,
)

BUDGET = 4_000
"""How many stretches of dots a redraw may add: 5 ms."""
SHARE = 0.8
"""The share of values that the y axis holds, from the best on."""
SAMPLES = 2
"""So many values of a curve count when the y axis is chosen."""


class CloudView(View):
    """Curves are added to pictures of those before: only what is new is drawn."""

    name, short = "curves", "curves"
    conditions = frozenset({"curves"})

    def __init__(self) -> None:
        self._crowds = {name: Crowd() for name in ("ended early", "ended", "going", "top")}
        self._window: Window | None = None
        self.added = 0
        """How many stretches of dots the latest picture took."""
        self._sampled: dict[int, tuple[float, ...]] = {}
        """The number of points of a curve, and a few of its values."""

    def lines(self, shown: SweepShown, width: int, height: int) -> list[Line]:
        drawn = [trial for trial in shown.trials if len(trial.curve)]
        limits = self._limits(shown, drawn)
        if limits is None:
            self.unfinished = False
            return words(nothing_yet(shown), width)
        y_ticks = ticks(limits.y, min(8, max(2, (height - 3) // 3)), log=limits.log_y)
        space = Space(width, height, y_ticks)
        if not space.enough:
            return words(TOO_SMALL, width)
        window = Window(limits.x, padded(limits.y, space.tall, limits.log_y), False, limits.log_y)
        canvas = space.canvas(self._layers(shown, drawn, window, space))
        x_ticks = ticks(window.x, max(2, space.wide // 10), whole=True)
        return space.lines(self._legend(shown, drawn, width), canvas, window, x_ticks, "epoch")

    def _limits(self, shown: SweepShown, drawn: Sequence[TrialView]) -> Window | None:
        """The limits of the axes: those of before while the curves fit and fill them."""
        log, view = shown.log_y, shown.view
        for trial in drawn:
            if self._sampled.get(trial.number, (0,))[0] != len(trial.curve):
                self._sampled[trial.number] = (len(trial.curve), *_samples(trial))
        samples = (self._sampled[trial.number][1:] for trial in drawn)
        values = [value for some in samples for value in some if value > 0 or not log]
        span = robust(values, view.lower_is_better, SHARE)
        last = max((trial.epochs[-1] for trial in drawn), default=0)
        if span is None or not last:
            return None
        old = self._window if self._window is not None and self._window.log_y == log else None
        y = fit_y(*span, log=log, old=old.y if old else None)
        self._window = Window(fit_x(1, max(last, 2)), y, False, log)
        return self._window

    def _layers(
        self, shown: SweepShown, drawn: Sequence[TrialView], window: Window, space: Space
    ) -> list[Layer]:
        sorts: dict[str, dict[int, int]] = {name: {} for name in self._crowds}
        for trial in drawn:
            if trial.number in shown.top:
                name = "top"
            elif trial.over:
                name = "ended early" if is_dim(trial) else "ended"
            else:
                name = "going"
            sorts[name][trial.number] = len(trial.curve)
        size, budget, trials = (space.wide, space.tall), BUDGET, shown.view.trials

        def lines_from(number: int, first: int) -> Iterable[Polyline]:
            return _lines(trials[number], window, first)

        rows: dict[str, list[str]] = {}
        for name in reversed(self._crowds):  # the best come first
            rows[name], budget = self._crowds[name].draw(sorts[name], lines_from, size, window, budget)
        self.added = BUDGET - budget
        self.unfinished = any(crowd.waiting for crowd in self._crowds.values())
        layers: list[Layer] = [
            (rows["ended early"], "gone"),
            (rows["ended"], "raw"),
            (rows["going"], "raw"),
            (rows["top"], "step"),
        ]
        chosen, best = shown.chosen, shown.best
        if best is not None:
            layers.append((_alone(best, window, size), "best"))
        if chosen is not None and chosen is not best:
            layers.append((_alone(chosen, window, size), "val"))
        return layers

    def _legend(self, shown: SweepShown, drawn: Sequence[TrialView], width: int) -> Line:
        best, chosen, metric = shown.best, shown.chosen, shown.metric
        waiting = sum(crowd.waiting for crowd in self._crowds.values())
        early = sum(is_dim(trial) for trial in drawn)
        count = len(drawn)
        return heading(
            width,
            key_of("──", "best", f"best #{best.number} {metric_text(metric, best.best)}") if best else (),
            key_of("──", "val", f"#{chosen.number}") if chosen is not None and chosen is not best else (),
            ((f"{waiting:,} of {count:,} not drawn yet", "warn"),) if waiting else (),
            key_of("──", "train", "best tenth") if count >= 10 else (),
            key_of("──", "crowd", "other curves") if count - early > 1 else (),
            key_of("──", "crowd-dim", f"{early:,} ended early") if early else (),
            ((metric + (", log scale" if shown.log_y else ""), "faint"),),
        )


def _samples(trial: TrialView) -> Iterable[float]:
    """A few values of a curve, and its best."""
    count = len(trial.curve)
    few = (trial.curve[k * (count - 1) // SAMPLES] for k in range(1, SAMPLES + 1))
    return [value for value in (trial.best, *few) if isfinite(value)]


def _lines(trial: TrialView, window: Window, first: int = 0) -> Iterable[Polyline]:
    """The curve from a point on, clipped to the window, in coordinates from 0 to 1."""
    xs, ys = trial.epochs[first:], trial.curve[first:]
    for piece in decimate(xs, ys, len(xs), log_y=window.log_y).pieces:
        yield from clip(piece, window.x, window.y, window.log_x, window.log_y)


def _alone(trial: TrialView, window: Window, size: tuple[int, int]) -> list[str]:
    canvas = Canvas(*size)
    for line in _lines(trial, window):
        canvas.add(line)
    return canvas.rows()
