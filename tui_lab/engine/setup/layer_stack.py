"""Networks that are plain stacks of layers of known kinds."""

from collections.abc import Collection

from torch import nn

from tui_lab.engine.setup.prepare import Prepared

_INCREASING = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.Sigmoid, nn.Tanh)
"""Activations that keep the order of values: the largest of a window is the largest before and after."""


def layer_stack(prepared: Prepared, kinds: Collection[type[nn.Module]]) -> list[nn.Module] | None:
    """The layers of a network, if all are of these kinds.

    None for any other network, and for one with hooks: they are called by the modules themselves.
    """
    network = prepared.network
    if prepared.experiment.model.source != "layers" or any(
        module._forward_hooks or module._forward_pre_hooks for module in network.modules()
    ):
        return None
    layers = list(network.children())
    return layers if all(type(layer) in kinds for layer in layers) else None


def pooled_first(layers: list[nn.Module]) -> list[nn.Module]:
    """The layers with each activation after the max-pool that follows it, where it has fewer values."""
    layers = list(layers)
    for k in range(len(layers) - 1):
        slope = getattr(layers[k], "negative_slope", 0)
        if isinstance(layers[k], _INCREASING) and slope >= 0 and isinstance(layers[k + 1], nn.MaxPool2d):
            layers[k : k + 2] = layers[k + 1], layers[k]
    return layers
