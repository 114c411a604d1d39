"""What of a built network can be changed while it trains: dropout, and which layers are frozen."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm, _NormBase

from tui_lab.errors import InputError
from tui_lab.spec.experiment import ModelSpec
from tui_lab.spec.layers import parse_layers

_NORMS = (_NormBase, nn.LayerNorm, nn.GroupNorm)


def parts(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """The modules that do something themselves, with their names, in the order in which they were defined.

    Those are modules without others in them, and modules with weights of their own. Of a layer list it is
    the modules one by one.
    """
    return [
        (name, module)
        for name, module in network.named_modules()
        if next(module.children(), None) is None or next(module.parameters(recurse=False), None) is not None
    ]


def normed(network: nn.Module) -> bool:
    """Whether there is a batch norm in it, which cannot learn from a batch of one."""
    return any(isinstance(module, _BatchNorm) for module in network.modules())


def followers(network: nn.Module, spec: ModelSpec) -> list[nn.Dropout]:
    """The dropout layers whose share is the hyperparameter's; one written with a share keeps its own."""
    if spec.source != "layers":
        return []
    dropouts = [module for module in network.children() if isinstance(module, nn.Dropout)]
    written = [layer for layer in parse_layers(spec.layers) if layer.kind == "dropout"]
    return [module for module, layer in zip(dropouts, written, strict=True) if layer["p"] < 0]


def weighted_layers(network: nn.Module) -> list[int]:
    """The places in `parts` of the layers with weights; a norm belongs to the one before it."""
    return [
        place
        for place, (_, module) in enumerate(parts(network))
        if not isinstance(module, _NORMS) and next(module.parameters(recurse=False), None) is not None
    ]


def check_frozen(network: nn.Module, count: int) -> None:
    """Raise InputError unless something is left to be trained."""
    most = len(weighted_layers(network)) - 1
    if count > most:
        raise InputError(
            f"frozen_layers: the network has {most + 1} layers with weights and the last one must learn: "
            f"at most {most} (given: {count})"
        )


def freeze(network: nn.Module, count: int) -> None:
    """Freeze the first `count` layers with weights and thaw the others. Batch norms still follow the data."""
    places, modules = weighted_layers(network), parts(network)
    first_trained = places[count] if count < len(places) else len(modules)
    for place, (_, module) in enumerate(modules):
        for weight in module.parameters(recurse=False):
            weight.requires_grad_(place >= first_trained)
            if place < first_trained:
                weight.grad = None
