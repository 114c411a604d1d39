"""What of a built network can be changed while it trains: dropout, and which layers are frozen."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm, _NormBase

from tui_lab.errors import InputError
from tui_lab.spec.experiment import ModelSpec
from tui_lab.spec.layers import parse_layers

_NORMS = (_NormBase, nn.LayerNorm, nn.GroupNorm)
_HELD: WeakKeyDictionary[nn.Module, frozenset[str]] = WeakKeyDictionary()
"""The weights, by name, that the code of a network has frozen itself."""


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


def hold_frozen(network: nn.Module) -> None:
    """What has no gradient now, straight from the code that made it, stays frozen whatever is thawed."""
    weights = network.named_parameters(remove_duplicate=False)
    _HELD.setdefault(network, frozenset(name for name, weight in weights if not weight.requires_grad))


def check_frozen(network: nn.Module, count: int) -> None:
    """Raise InputError unless something is left to be trained."""
    most = len(weighted_layers(network)) - 1
    if count > most:
        raise InputError(
            f"frozen_layers: the network has {most + 1} layers with weights and the last one must learn: "
            f"at most {most} (given: {count})"
        )
    if not any(learns for _, learns in _weights(network, count)):
        raise InputError(
            "frozen_layers: the code of the network has frozen its other layers itself (requires_grad): "
            f"nothing would learn (given: {count})"
        )


def freeze(network: nn.Module, count: int) -> None:
    """Freeze the first `count` layers with weights and thaw the others, but for what `hold_frozen` found.

    Batch norms still follow the data.
    """
    for weight, learns in _weights(network, count):
        weight.requires_grad_(learns)
        if not learns:
            weight.grad = None


def _weights(network: nn.Module, count: int) -> Iterator[tuple[nn.Parameter, bool]]:
    """All weights, and whether they learn with so many frozen layers; a norm before the first is of it."""
    places, modules, held = weighted_layers(network), parts(network), _HELD.get(network, frozenset())
    first = 0 if count == 0 else places[count] if count < len(places) else len(modules)
    for place, (above, module) in enumerate(modules):
        for name, weight in module.named_parameters(above, recurse=False):
            yield weight, place >= first and name not in held
