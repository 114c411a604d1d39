"""The epochs of a run as points of a curve: bounded in number, and updated incrementally.

A frame costs no more for half a million epochs than for a thousand.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import nan

from tui_lab.protocol.history import History
from tui_lab.protocol.thinning import places_kept
from tui_lab.protocol.view import RunView
from tui_lab.tui.chart.curves.lens import XBy

MOST = 4096
EPOCHLY = {"learning rate": "lr", "seconds per epoch": "seconds"}
"""What an epoch records besides losses and metrics, by its name in the chart."""
EXACT = frozenset({"learning rate"})
"""Chosen, not measured: neither smoothed nor cut off."""
Placement = Callable[[Iterable[float]], list[float]]
Position = tuple[float, float, float]
"""In steps, epochs and seconds of training."""


def values_of(history: History, metric: str, first: int, last: int) -> list[float]:
    """A metric on the validation split, or another recorded value; NaN if missing.

    For the epochs from place `first` up to `last`.
    """
    if metric == "loss" or metric in EPOCHLY:
        return list(history.column(EPOCHLY.get(metric, "val_loss"))[first:last])
    return _measured(history, "metrics", metric, first, last)


def means_of(history: History, metric: str, first: int, last: int) -> list[float]:
    """A metric measured during training, in the same form."""
    if metric == "loss":
        return list(history.column("train_loss")[first:last])
    return _measured(history, "train_metrics", metric, first, last)


def _measured(history: History, table: str, metric: str, first: int, last: int) -> list[float]:
    column = history.table(table).get(metric)
    found = [nan] * (last - first) if column is None else list(column[first:last])
    for place, ended in history.odd.items():
        if first <= place < last:
            found[place - first] = getattr(ended, table).get(metric, nan)
    return found


@dataclass(slots=True)
class Points:
    """One value per epoch, with its position in steps, epochs and seconds of training."""

    steps: list[float] = field(default_factory=list)
    epochs: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def extend(self, values: list[float], positions: Callable[[int], Position]) -> None:
        """Append points; if there are too many, keep the smallest and largest value of each stretch.

        `positions` gives the position of a new one by its place among them. Only those kept are asked for.
        """
        before = len(self.values)
        whole = self.values + values
        kept: Sequence[int] = range(len(whole))
        if len(whole) > MOST:
            kept = places_kept(whole, MOST // 2)
        new = bisect_left(kept, before)
        if len(whole) > MOST:
            self.steps = [self.steps[place] for place in kept[:new]]
            self.epochs = [self.epochs[place] for place in kept[:new]]
            self.seconds = [self.seconds[place] for place in kept[:new]]
        for place in kept[new:]:
            step, epoch, second = positions(place - before)
            self.steps.append(step)
            self.epochs.append(epoch)
            self.seconds.append(second)
        self.values = [whole[place] for place in kept]

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

    def __init__(self, portion: int = 2**63) -> None:
        """`portion`: how many epochs one call takes in; `behind` tells whether there are more."""
        self._portion, self.behind = portion, False
        self._view: RunView | None = None
        self._begin(None, "", 0)

    def _begin(self, history: History | None, metric: str, step: int, epoch: int = 0) -> None:
        self._history, self._metric, self._origin = history, metric, (step, epoch)
        self._cuts = history.cuts if history is not None else 0
        self._seen, self._step, self._elapsed_s = 0, float(step), 0.0
        self.ends, self.means = Points(), Points()

    def follow(self, view: RunView, metric: str) -> "Track":
        """Add new epochs; rebuild everything if the run was rewound or is a different one."""
        self._view = view
        origin = view.origin
        return self.take(view.history, metric, *((origin.step, origin.epoch) if origin else (0, 0)))

    def take(self, history: History, metric: str, step: int, epoch: int = 0) -> "Track":
        """Like `follow`, for epochs that come after step `step` and epoch `epoch`."""
        known = history is self._history and history.cuts == self._cuts
        if not known or metric != self._metric or (step, epoch) != self._origin:
            self._begin(history, metric, step, epoch)
        first, count = self._seen, min(len(history), self._seen + self._portion)
        self.behind = count < len(history)
        if first == count:
            return self
        steps, epochs = history.column("step")[first:count], history.column("epoch")[first:count]
        lasted = [second if second > 0 else 0.0 for second in history.column("seconds")[first:count]]
        elapsed = list(accumulate(lasted, initial=self._elapsed_s))
        before = self._step

        def end(k: int) -> Position:
            return float(steps[k]), float(epochs[k]), elapsed[k + 1]

        def middle(k: int) -> Position:
            began = steps[k - 1] if k else before
            return (began + steps[k]) / 2, epochs[k] - 0.5, elapsed[k] + lasted[k] / 2

        self.ends.extend(values_of(history, metric, first, count), end)
        self.means.extend(means_of(history, metric, first, count), middle)
        self._seen, self._step, self._elapsed_s = count, float(steps[-1]), elapsed[-1]
        return self

    def is_of(self, history: History) -> bool:
        """Whether the points are of these epochs."""
        return history is self._history

    def places(self, by: XBy) -> Placement:
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
                k = bisect_left(at, step, k + 1, last + 1) - 1
                if k < last and at[k + 1] > at[k]:
                    found.append(xs[k] + (xs[k + 1] - xs[k]) * (step - at[k]) / (at[k + 1] - at[k]))
                else:
                    found.append(xs[k] + (step - at[k]) * pace)
            return found

        return place
