"""What of a built network can be changed while it trains: dropout, and which layers are frozen."""

from torch import nn

from tui_lab.errors import InputError
from tui_lab.spec.layers import parse_layers

_WEIGHTED = (nn.Linear, nn.Conv2d)


def followers(network: nn.Sequential, lines: tuple[str, ...]) -> list[nn.Dropout]:
    """The dropout layers whose share is the hyperparameter's; one written with a share keeps its own."""
    dropouts = [module for module in network if isinstance(module, nn.Dropout)]
    written = [layer for layer in parse_layers(lines) if layer.kind == "dropout"]
    return [module for module, layer in zip(dropouts, written, strict=True) if layer["p"] < 0]


def weighted_layers(network: nn.Sequential) -> list[int]:
    """The places in the network of its layers with weights; a batch norm belongs to the one before it."""
    return [place for place, module in enumerate(network) if isinstance(module, _WEIGHTED)]


def check_frozen(network: nn.Sequential, count: int) -> None:
    """Raise InputError unless something is left to be trained."""
    most = len(weighted_layers(network)) - 1
    if count > most:
        raise InputError(
            f"frozen_layers: the network has {most + 1} layers with weights and the last one must learn: "
            f"at most {most} (given: {count})"
        )


def freeze(network: nn.Sequential, count: int) -> None:
    """Freeze the first `count` layers with weights and thaw the others. Batch norms still follow the data."""
    places = weighted_layers(network)
    first_trained = places[count] if count < len(places) else len(network)
    for place, module in enumerate(network):
        for weight in module.parameters():
            weight.requires_grad_(place >= first_trained)
            if place < first_trained:
                weight.grad = None
