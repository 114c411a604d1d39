"""The epochs of a run as points of a curve: bounded in number, and updated incrementally.

A frame costs no more for half a million epochs than for a thousand.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from tui_lab.protocol.events import EpochEnded
from tui_lab.protocol.thinning import thin
from tui_lab.protocol.view import RunView
from tui_lab.tui.chart.lens import XBy

MOST = 4096
EPOCHLY = {"learning rate": "lr", "seconds per epoch": "seconds"}
"""What an epoch records besides losses and metrics, by its name in the chart."""
Place = Callable[[Iterable[float]], list[float]]


def value_of(ended: EpochEnded, metric: str) -> float:
    """A metric of an epoch on the validation split, or another recorded value; NaN if there is none."""
    if metric == "loss":
        return ended.val_loss
    if metric in EPOCHLY:
        return float(getattr(ended, EPOCHLY[metric]))
    return ended.metrics.get(metric, float("nan"))


def mean_of(ended: EpochEnded, metric: str) -> float:
    """A metric of an epoch measured during training; NaN if there is none."""
    return ended.train_loss if metric == "loss" else ended.train_metrics.get(metric, float("nan"))


@dataclass(slots=True)
class Points:
    """One value per epoch, with its position in steps, epochs and seconds of training."""

    steps: list[float] = field(default_factory=list)
    epochs: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, step: float, epoch: float, second: float, value: float) -> None:
        """Append a point."""
        self.steps.append(step)
        self.epochs.append(epoch)
        self.seconds.append(second)
        self.values.append(value)

    def thin(self) -> None:
        """If there are too many, keep the smallest and the largest value of each interval."""
        if len(self.values) > MOST:
            kept = [place for place, _ in thin(list(enumerate(self.values)), MOST // 2)]
            self.steps = [self.steps[k] for k in kept]
            self.epochs = [self.epochs[k] for k in kept]
            self.seconds = [self.seconds[k] for k in kept]
            self.values = [self.values[k] for k in kept]

    def xs(self, by: XBy) -> list[float]:
        """Their positions on x."""
        match by:
            case "step":
                return self.steps
            case "epoch":
                return self.epochs
        return self.seconds


class Track:
    """At most `MOST` epochs of a run, with their values of one metric.

    `ends` are values measured at the end of the epoch, such as those of the validation split. `means` are
    means over the epoch, during which the weights changed; they are placed in its middle, where the weights
    were, on average, those that the mean describes. At the end of the epoch, they would lag validation by
    half an epoch, and training would look worse than it is. `seconds` count training time from the first
    step.
    """

    def __init__(self) -> None:
        self._view: RunView | None = None
        self._metric = ""
        self._begin(None, "")

    def _begin(self, view: RunView | None, metric: str) -> None:
        self._view, self._metric = view, metric
        self._seen, self._elapsed_s = 0, 0.0
        self._last: EpochEnded | None = None
        origin = view.origin if view is not None else None
        self._step = float(origin.step) if origin else 0.0
        self.ends, self.means = Points(), Points()

    def follow(self, view: RunView, metric: str) -> "Track":
        """Add new epochs; start over if the run is another one or went back (undo, resume)."""
        history = view.history
        goes_on = self._seen <= len(history) and (not self._seen or history[self._seen - 1] is self._last)
        if view is not self._view or metric != self._metric or not goes_on:
            self._begin(view, metric)
        for ended in islice(history, self._seen, None):
            seconds = max(0.0, ended.seconds)
            middle = (self._step + ended.step) / 2, ended.epoch - 0.5, self._elapsed_s + seconds / 2
            self.means.add(*middle, mean_of(ended, metric))
            self._step, self._elapsed_s = float(ended.step), self._elapsed_s + seconds
            self.ends.add(self._step, float(ended.epoch), self._elapsed_s, value_of(ended, metric))
        self._seen, self._last = len(history), history[-1] if history else None
        self.ends.thin()
        self.means.thin()
        return self

    def places(self, by: XBy) -> Place:
        """Maps non-decreasing steps to positions on x.

        Epochs and seconds are known at the ends of epochs; in between they are interpolated, after the last
        one extrapolated.
        """
        view = self._view
        if by == "step" or view is None:
            return lambda steps: [float(step) for step in steps]
        origin = view.origin
        at = [float(origin.step) if origin else 0.0, *self.ends.steps]
        xs = [float(origin.epoch) if origin and by == "epoch" else 0.0, *self.ends.xs(by)]
        pace = 1 / (view.steps_per_epoch or 1)
        if by == "time":
            pace *= view.history[-1].seconds if view.history else 0.001
        last = len(at) - 1

        def place(steps: Iterable[float]) -> list[float]:
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
