"""What is shown of the layers: figures of each, and histograms of one."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan, nan
from typing import Literal

from tui_lab.protocol.layer_events import Histogram, LayerMeasured, LayersMeasured

HEALTHY = (1e-4, 1e-2)
"""The update-to-weight ratio of a network that learns: Karpathy names 1e-3."""
Scale = Literal["size", "band", "share", "signed"]
"""How a figure is coloured: by its size on a log scale, by its place in the healthy band, as a fraction of
which less is better, or by its sign."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of each layer. `short` is its heading in the table; `log`: its axis is logarithmic."""

    name: str
    short: str
    value: Callable[[LayerMeasured], float]
    scale: Scale
    log: bool = False


@dataclass(frozen=True, slots=True)
class Distribution:
    """A histogram of one layer."""

    name: str
    value: Callable[[LayerMeasured], Histogram | None]
    scale: Scale = "size"
    log: bool = False


Quantity = Figure | Distribution


FIGURES: tuple[Figure, ...] = (
    Figure("gradient", "gradient", lambda layer: layer.gradient, "size", log=True),
    Figure("update/weight", "upd/wght", lambda layer: layer.ratio, "band", log=True),
    Figure("dead", "dead", lambda layer: layer.dead, "share"),
    Figure("saturated", "saturated", lambda layer: layer.saturated, "share"),
    Figure("mean", "mean", lambda layer: layer.mean, "signed"),
    Figure("std", "std", lambda layer: layer.std, "size", log=True),
)
DISTRIBUTIONS: tuple[Distribution, ...] = (
    Distribution("weights", lambda layer: layer.weights),
    Distribution("outputs", lambda layer: layer.activations),
    Distribution("gradients", lambda layer: layer.gradients),
)
QUANTITIES: tuple[Quantity, ...] = (*FIGURES, *DISTRIBUTIONS)


def layer_names(measured: list[LayersMeasured]) -> list[str]:
    """The layers of a run, as in its latest measurement."""
    return [layer.layer for layer in measured[-1].layers] if measured else []


def values(measured: list[LayersMeasured], figure: Figure) -> dict[str, list[float]]:
    """A figure of each layer that has it, one for each measurement; NaN where one is missing."""
    found = {name: [nan] * len(measured) for name in layer_names(measured)}
    for place, event in enumerate(measured):
        for layer in event.layers:
            if layer.layer in found:
                found[layer.layer][place] = figure.value(layer)
    return {name: row for name, row in found.items() if not all(map(isnan, row))}


def histograms(
    measured: list[LayersMeasured], distribution: Distribution, name: str
) -> list[Histogram | None]:
    """A histogram of one layer at each measurement."""
    return [
        next((distribution.value(layer) for layer in event.layers if layer.layer == name), None)
        for event in measured
    ]
