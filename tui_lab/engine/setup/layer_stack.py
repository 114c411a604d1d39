"""Networks that are plain stacks of layers of known kinds."""

from collections.abc import Container

from torch import nn

from tui_lab.engine.setup.prepare import Prepared


def layer_stack(prepared: Prepared, kinds: Container[type[nn.Module]]) -> list[nn.Module] | None:
    """The layers of a network if all are of these kinds, for rows `(B, D)`; flattening is left out.

    None for any other network, and for one with hooks: they are called by the modules themselves.
    """
    network = prepared.network
    if prepared.experiment.model.source != "layers" or any(
        module._forward_hooks or module._forward_pre_hooks for module in network.modules()
    ):
        return None
    layers = list(network.children())
    if len(prepared.dataset.train.x.shape) > 2 and not isinstance(layers[0], nn.Flatten):
        return None
    layers = [layer for layer in layers if not isinstance(layer, nn.Flatten)]
    return layers if all(type(layer) in kinds for layer in layers) else None
