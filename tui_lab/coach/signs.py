"""What the rules look at: the recent epochs of a run and its layers, in a bounded amount of work."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import hypot, isfinite, sqrt
from statistics import median

from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.layer_events import LayerMeasured, LayersMeasured
from tui_lab.protocol.view import RunView

MOST_EPOCHS = 2000
"""The most epochs that are looked at, the latest ones."""
STRONG_DECAY = 0.05
"""From this weight decay on, weights are small because of it, and what follows says nothing else."""
MOST_MEASURED = 40
"""The same of measurements of the layers."""
_NO_RESTART = frozenset({"epochs", "patience", "max_minutes", "speed", "precision"})
"""Edits after which the run goes on as before: what was seen until then still counts."""


class Signs:
    """The signs of one run.

    `train`, `val` and `lr` are those of the epochs `first` to `done`, at most the last `MOST_EPOCHS`, and
    only those since the last edit that changed how it trains: what came before says nothing about the values
    in force. `layers` likewise. `baseline` is the loss of the baseline on the validation split.
    `noise` is the relative standard error of a validation loss: that of the mean of as many rows, whose
    losses spread about as much as they are large.
    """

    def __init__(self, view: RunView) -> None:
        self.view = view
        self.hyper = view.hyper or Hyperparameters()
        self.since = max(
            [edit.epoch for edit in view.edits if edit.name not in _NO_RESTART]
            + [view.origin.epoch if view.origin else 0]
        )
        history = view.history
        start = max(history.until(self.since), len(history) - MOST_EPOCHS)
        self.train: list[float] = list(history.column("train_loss")[start:]) if len(history) else []
        self.val: list[float] = list(history.column("val_loss")[start:]) if len(history) else []
        self.lr: list[float] = list(history.column("lr")[start:]) if len(history) else []
        self.done = view.epochs_done
        self.first = self.done - len(self.val) + 1
        self.planned = max(self.hyper.epochs, 1)
        self.ended = view.status != "running"
        self.baseline = (view.model.baseline.get("loss", 0.0) if view.model else 0.0) or 1.0
        split = view.data.split if view.data else {}
        self.val_rows, self.train_rows = split.get("val", 0), split.get("train", 0)
        self.noise = sqrt(1 / self.val_rows) if self.val_rows else 1.0
        kept = [measured for measured in view.layers[-MOST_MEASURED:] if measured.epoch > self.since]
        self.layers: Sequence[LayersMeasured] = kept

    @property
    def count(self) -> int:
        """How many epochs there are to look at."""
        return len(self.val)

    @property
    def finite(self) -> bool:
        """Whether all losses are numbers."""
        return all(map(isfinite, self.train)) and all(map(isfinite, self.val))

    @property
    def best(self) -> int:
        """The place of the lowest validation loss."""
        return min(range(len(self.val)), key=self.val.__getitem__)

    @property
    def shrunk(self) -> bool:
        """Whether weight decay alone explains dead units, and large updates relative to the weights."""
        return self.hyper.weight_decay >= STRONG_DECAY

    def epochs(self, count: int) -> tuple[int, int]:
        """The last `count` epochs."""
        last = max(1, self.done)  # what goes wrong in the first epoch is of that
        return min(last, max(self.first, self.done - count + 1)), last

    def persistent(self, least: int = 3) -> Sequence[LayersMeasured]:
        """The last measurements of the layers, over at least two epochs; none if there are too few."""
        recent = self.layers[-least:]
        if len(recent) < least or recent[-1].epoch <= recent[0].epoch:
            return ()
        return recent

    def ratios(self, least: int) -> list[float]:
        """The update ratios of the last measurements; none if there are too few, as in `persistent`."""
        found = [update_ratio(measured) for measured in self.persistent(least)]
        there = [ratio for ratio in found if ratio is not None]
        return there if len(there) == least else []

    def held(
        self, share: float, of: Callable[[LayerMeasured], float], least: int
    ) -> tuple[str, float] | None:
        """The first layer with a figure above `share` in all last measurements, and its latest value."""
        recent = self.persistent(least)
        for place, layer in enumerate(recent[-1].layers if recent else ()):
            if all(of(m.layers[place]) > share for m in recent if place < len(m.layers)):
                return layer.layer, of(layer)
        return None


def weighted(measured: LayersMeasured) -> list[LayerMeasured]:
    """The layers with weights that are trained."""
    return [layer for layer in measured.layers if layer.weight > 0 and layer.gradient == layer.gradient]


def norm(measured: LayersMeasured) -> float:
    """The norm of the whole gradient, before clipping."""
    return hypot(*(layer.gradient for layer in weighted(measured)))


def update_ratio(measured: LayersMeasured) -> float | None:
    """The median over the layers of the size of the update relative to the weights."""
    found = [layer.ratio for layer in weighted(measured) if isfinite(layer.ratio)]
    return median(found) if found else None


def mean(values: Iterable[float]) -> float:
    """The mean of at least one value; `statistics.fmean` is as exact and ten times as slow on short lists."""
    numbers = list(values)
    return sum(numbers) / len(numbers)


def swing(values: Sequence[float]) -> float:
    """The mean change from one value to the next, relative to their mean."""
    return relative(mean(abs(b - a) for a, b in pairwise(values)), mean(values))


def falling(values: Sequence[float]) -> float:
    """The share of the values that are below the one before."""
    return sum(b < a for a, b in pairwise(values)) / (len(values) - 1)


def relative(change: float, level: float) -> float:
    """A change as a share of a level; 0 where the level is 0."""
    return change / level if level else 0.0


def one_digit(value: float) -> float:
    """A value as one types it: with one digit that is not 0."""
    return float(f"{value:.0e}")


def figure(value: float) -> str:
    """A number in a sentence."""
    return f"{value:.3g}"


def percent(value: float) -> str:
    """A share in a sentence."""
    return f"{100 * value:.0f} %"
