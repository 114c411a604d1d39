"""The epochs of a run as points of a curve: bounded, and taken in as they come.

A run of half a million epochs costs a frame as little as one of a thousand.
"""

from collections.abc import Callable, Iterable
from itertools import islice

from tui_lab.protocol.events import EpochEnded
from tui_lab.protocol.thinning import thin
from tui_lab.protocol.view import RunView
from tui_lab.tui.chart.lens import XBy

MOST = 4096
EPOCHLY = {"learning rate": "lr", "seconds per epoch": "seconds"}
"""What an epoch records beside its losses and metrics, by what the chart calls it."""
Place = Callable[[Iterable[int]], list[float]]


def value_of(ended: EpochEnded, metric: str) -> float:
    """What an epoch recorded of a metric; NaN if nothing."""
    if metric == "loss":
        return ended.val_loss
    if metric in EPOCHLY:
        return float(getattr(ended, EPOCHLY[metric]))
    return ended.metrics.get(metric, float("nan"))


class Track:
    """At most `MOST` epochs of a run: where each ended, and what it recorded of a metric.

    Where there were more, the smallest and the largest value of every stretch stay. `seconds` are those spent
    training, from the run's first step on.
    """

    def __init__(self) -> None:
        self._view: RunView | None = None
        self._metric = ""
        self._begin(None, "")

    def _begin(self, view: RunView | None, metric: str) -> None:
        self._view, self._metric = view, metric
        self._seen, self._elapsed_s = 0, 0.0
        self._last: EpochEnded | None = None
        self.steps: list[int] = []
        self.epochs: list[float] = []
        self.seconds: list[float] = []
        self.values: list[float] = []

    def follow(self, view: RunView, metric: str) -> "Track":
        """Take in the epochs that are new; all of them if the run was taken back, or is another."""
        history = view.history
        goes_on = self._seen <= len(history) and (not self._seen or history[self._seen - 1] is self._last)
        if view is not self._view or metric != self._metric or not goes_on:
            self._begin(view, metric)
        for ended in islice(history, self._seen, None):
            self._elapsed_s += max(0.0, ended.seconds)
            self.steps.append(ended.step)
            self.epochs.append(float(ended.epoch))
            self.seconds.append(self._elapsed_s)
            self.values.append(value_of(ended, metric))
        self._seen, self._last = len(history), history[-1] if history else None
        if len(self.steps) > MOST:
            self._keep([place for place, _ in thin(list(enumerate(self.values)), MOST // 2)])
        return self

    def _keep(self, places: list[int]) -> None:
        self.steps = [self.steps[k] for k in places]
        self.epochs = [self.epochs[k] for k in places]
        self.seconds = [self.seconds[k] for k in places]
        self.values = [self.values[k] for k in places]

    def xs(self, by: XBy) -> list[float]:
        """Where the epochs ended."""
        match by:
            case "step":
                return [float(step) for step in self.steps]
            case "epoch":
                return self.epochs
        return self.seconds

    def places(self, by: XBy) -> Place:
        """The place on x for each of a sequence of steps that never decrease.

        Epochs and seconds are known at the ends of epochs; in between and after the last they go on evenly.
        """
        view = self._view
        if by == "step" or view is None:
            return lambda steps: [float(step) for step in steps]
        origin = view.origin
        at = [origin.step if origin else 0, *self.steps]
        xs = [float(origin.epoch) if origin and by == "epoch" else 0.0, *self.xs(by)]
        pace = 1 / (view.steps_per_epoch or 1)
        if by == "time":
            pace *= view.history[-1].seconds if view.history else 0.001
        last = len(at) - 1

        def place(steps: Iterable[int]) -> list[float]:
            found = []
            k = 0
            for step in steps:
                while k < last and at[k + 1] < step:
                    k += 1
                if k < last and at[k + 1] > at[k]:
                    found.append(xs[k] + (xs[k + 1] - xs[k]) * (step - at[k]) / (at[k + 1] - at[k]))
                else:
                    found.append(xs[k] + (step - at[k]) * pace)
            return found

        return place
