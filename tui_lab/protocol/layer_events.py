"""What was measured of each layer at one step, now and then while a run trains."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any, Literal, Self

from tui_lab.protocol.columns import from_text, to_text


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values lie in each of equally wide bins from `low` to `high`, the smallest and the largest.

    Values that are NaN or infinite are not counted. With none to count, both ends are NaN.
    """

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LayerMeasured:
    """One layer at one step: its number and text, such as `3 linear 64`, and its figures.

    `gradient`, `weight` and `update` are Euclidean norms as in `LayerProbe`: of the gradient before clipping,
    of the weights before the step, and of their change; NaN for a layer without weights. `mean` and `std`
    are of all values of its output for the batch of the step. Of the units of an activation (of an
    image, its channels), `dead` is the fraction that are 0 for at least 90 % of their values, if the
    activation can be 0 over a range, and `saturated` the fraction that lie within 0.05 of one of the two ends
    for more than 85 % of theirs, if it has two; NaN for any other layer. `weights`, `activations` and
    `gradients` are histograms of weights before the step, output and gradient.
    """

    layer: str
    gradient: float
    weight: float
    update: float
    mean: float
    std: float
    dead: float
    saturated: float
    weights: Histogram | None = None
    activations: Histogram | None = None
    gradients: Histogram | None = None

    @property
    def ratio(self) -> float:
        """The update-to-weight ratio of the step; NaN for a layer without weights."""
        return self.update / self.weight if self.weight else nan


@dataclass(frozen=True, slots=True)
class LayersMeasured:
    """The layers at step `step`, which was trained as every other, in the order in which they run."""

    step: int
    epoch: int
    layers: tuple[LayerMeasured, ...]
    kind: Literal["layers_measured"] = "layers_measured"


NUMBERS = ("gradient", "weight", "update", "mean", "std", "dead", "saturated")
HISTOGRAMS = ("weights", "activations", "gradients")


@dataclass(frozen=True, slots=True)
class PackedLayers:
    """How a journal stores a `LayersMeasured`; read as one.

    `layers` are the texts of the layers; `bins` has, for each, the number of bins of each of its histograms,
    0 for none. `numbers` are their figures and then the ends of the histograms, `counts` the bins, as columns
    (see `protocol.columns`).
    """

    step: int
    epoch: int
    layers: tuple[str, ...]
    bins: tuple[tuple[int, int, int], ...]
    numbers: str
    counts: str
    kind: Literal["layers_measured_packed"] = "layers_measured_packed"

    @classmethod
    def of(cls, event: LayersMeasured) -> Self:
        """Raises ValueError, OverflowError or TypeError if the figures cannot be stored this way."""
        found = [[getattr(layer, name) for name in HISTOGRAMS] for layer in event.layers]
        there = [histogram for row in found for histogram in row if histogram is not None]
        if not all(histogram.counts for histogram in there):
            raise ValueError("a histogram without bins")
        numbers = [getattr(layer, name) for layer in event.layers for name in NUMBERS]
        numbers += [end for histogram in there for end in (histogram.low, histogram.high)]
        counts = [count for histogram in there for count in histogram.counts]
        first, second, third = (
            [0 if row[k] is None else len(row[k].counts) for row in found] for k in range(len(HISTOGRAMS))
        )
        return cls(
            event.step,
            event.epoch,
            tuple(layer.layer for layer in event.layers),
            tuple(zip(first, second, third, strict=True)),
            to_text([("d", numbers)]),
            to_text([("q", counts)]),
        )

    def measured(self) -> LayersMeasured:
        """What was packed. Raises ValueError if it is damaged."""
        bins = [count for row in self.bins for count in row]
        if min(bins, default=0) < 0 or len(self.bins) != len(self.layers):
            raise ValueError("not as many layers as histograms")
        figures = len(NUMBERS) * len(self.layers)
        there = sum(count > 0 for count in bins)
        (read,) = from_text(self.numbers, figures + 2 * there, "d")
        numbers = [nan if isnan(value) else value for value in read]  # one object, so that it equals itself
        (counts,) = from_text(self.counts, sum(bins), "q")
        ends = iter(numbers[figures:])
        at = 0
        layers = []
        for k, (layer, sizes) in enumerate(zip(self.layers, self.bins, strict=True)):
            histograms: list[Histogram | None] = []
            for size in sizes:
                made = Histogram(next(ends), next(ends), tuple(counts[at : at + size])) if size else None
                histograms.append(made)
                at += size
            own = numbers[k * len(NUMBERS) : (k + 1) * len(NUMBERS)]
            values: list[Any] = [*own, *histograms]
            layers.append(LayerMeasured(layer, *values))
        return LayersMeasured(self.step, self.epoch, tuple(layers))


MOST_LAYERS = 2560
"""The most layers a view remembers, over all steps."""
_LEAST, _MOST = 24, 200


def remembered(before: Sequence[LayersMeasured], measured: LayersMeasured) -> list[LayersMeasured]:
    """Those before, and `measured`, which takes the place of any of the same step or later.

    Beyond a bound every second one is dropped; the first and the last stay.
    """
    kept = [*(one for one in before if one.step < measured.step), measured]
    limit = max(_LEAST, min(_MOST, MOST_LAYERS // max(1, len(measured.layers))))
    return kept if len(kept) <= limit else [kept[0], *kept[2::2][:-1], kept[-1]]
