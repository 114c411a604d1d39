"""Figures of one layer: norms, the spread of its output, dead and saturated units, histograms.

Legend: B rows, U units (of an image, its channels).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, nan

import torch
from torch import Tensor, nn

from tui_lab.model.live import parts, weighted_layers
from tui_lab.protocol.layer_events import Histogram

BINS = 20
SAMPLE = 2**14
"""The most values counted in a histogram; of more, every n-th one is taken."""
FEWEST = 10
"""Values of a unit, below which nobody can say that it is dead or saturated."""
_ENDS: dict[type[nn.Module], tuple[float, float]] = {nn.Sigmoid: (0.0, 1.0), nn.Tanh: (-1.0, 1.0)}
_ZERO = (nn.ReLU, nn.ReLU6)
_NEAR = 0.05


@dataclass(frozen=True, slots=True)
class OutputFigures:
    """What a layer gave for one batch; see `LayerMeasured`."""

    mean: float
    std: float
    dead: float
    saturated: float
    histogram: Histogram


def weights_by_layer(network: nn.Module) -> dict[int, list[nn.Parameter]]:
    """The weights of each layer that has some, by its place in `parts`.

    Those of a norm count to the layer before it.
    """
    places, modules = weighted_layers(network), [module for _, module in parts(network)]
    return {
        begin: [weight for module in modules[begin:end] for weight in module.parameters(recurse=False)]
        for begin, end in pairwise([*places, len(modules)])
    }


def norm(tensors: Sequence[Tensor]) -> float:
    """The Euclidean norm of all numbers in `tensors`."""
    if not tensors:
        return 0.0
    return float(torch.stack([torch.linalg.vector_norm(tensor.float()) for tensor in tensors]).norm())


@torch.no_grad()
def describe_output(module: nn.Module, x: Tensor) -> OutputFigures:
    """The figures of an output `(B, U, ...)` that is not empty."""
    values = x.detach().float()
    std, mean = torch.std_mean(values, correction=0)
    dead = _fraction_of_units(values == 0, 10, 9) if isinstance(module, _ZERO) else nan
    saturated = nan
    if type(module) in _ENDS:
        low, high = _ENDS[type(module)]
        near = ((values - low).abs() <= _NEAR) | ((values - high).abs() <= _NEAR)
        saturated = _fraction_of_units(near, 1000, 851)
    return OutputFigures(float(mean), float(std), dead, saturated, histogram([values]))


@torch.no_grad()
def histogram(tensors: Sequence[Tensor]) -> Histogram:
    """Of all finite numbers in `tensors`."""
    values = torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).float()
    low, high = _range(values)
    if not isfinite(low) or not isfinite(high):
        values = values[values.isfinite()]
        low, high = _range(values)
    if not len(values):
        return Histogram(nan, nan, (0,) * BINS)
    values = values[:: -(-len(values) // SAMPLE) | 1].double()
    places = ((values - low) * (BINS / (high - low or 1.0))).long().clamp_(max=BINS - 1)
    return Histogram(low, high, tuple(torch.bincount(places, minlength=BINS).tolist()))


def _range(values: Tensor) -> tuple[float, float]:
    if not len(values):
        return nan, nan
    low, high = torch.stack(torch.aminmax(values)).tolist()
    return low, high


def _fraction_of_units(marked: Tensor, whole: int, part: int) -> float:
    """The fraction of units with at least `part` of `whole` of their values marked."""
    if marked.dim() < 2 or marked.numel() < FEWEST * marked.shape[1]:
        return nan
    count_U = marked.transpose(0, 1).flatten(1).sum(1)
    values = marked.numel() // marked.shape[1]
    return float((count_U * whole >= part * values).float().mean())
