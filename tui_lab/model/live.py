"""Changes to a built network during training: dropout and frozen layers."""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm, _NormBase

from tui_lab.errors import InputError
from tui_lab.experiment.experiment import ModelSpec
from tui_lab.experiment.network.layers import parse_layers

NORMS = (_NormBase, nn.LayerNorm, nn.GroupNorm)
_HELD: WeakKeyDictionary[nn.Module, frozenset[str]] = WeakKeyDictionary()
"""The weights, by name, that the network's own code has frozen."""


def parts(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """The leaf modules with their names, in order of definition.

    Those are modules without submodules, and modules with weights of their own. For a layer list these are
    its modules.
    """
    return [
        (name, module)
        for name, module in network.named_modules()
        if next(module.children(), None) is None or next(module.parameters(recurse=False), None) is not None
    ]


def normed(network: nn.Module) -> bool:
    """Whether it has a batch norm, which cannot train on a batch of one."""
    return any(isinstance(module, _BatchNorm) for module in network.modules())


def followers(network: nn.Module, spec: ModelSpec) -> list[nn.Dropout]:
    """The dropout layers that use the hyperparameter; one with its own value keeps it."""
    if spec.source != "layers":
        return []
    dropouts = [module for module in network.children() if isinstance(module, nn.Dropout)]
    written = [layer for layer in parse_layers(spec.layers) if layer.kind == "dropout"]
    return [module for module, layer in zip(dropouts, written, strict=True) if layer["p"] < 0]


def weighted_layers(network: nn.Module) -> list[int]:
    """The indices in `parts` of the layers with weights; a norm belongs to the one before it."""
    return [
        place
        for place, (_, module) in enumerate(parts(network))
        if not isinstance(module, NORMS) and next(module.parameters(recurse=False), None) is not None
    ]


def hold_frozen(network: nn.Module) -> None:
    """Remember the weights that the network's own code froze, so that unfreezing does not touch them."""
    weights = network.named_parameters(remove_duplicate=False)
    _HELD.setdefault(network, frozenset(name for name, weight in weights if not weight.requires_grad))


def check_frozen(network: nn.Module, count: int) -> None:
    """Raise InputError unless something is left to train."""
    most = len(weighted_layers(network)) - 1
    if count > most:
        raise InputError(
            f"frozen_layers: the network has {most + 1} layers with weights, and the last one "
            f"must be trained: at most {most} (given: {count})"
        )
    if not any(learns for _, learns in _weights(network, count)):
        raise InputError(
            "frozen_layers: the network's own code has frozen its other layers (requires_grad), so "
            f"nothing would be trained (given: {count})"
        )


def freeze(network: nn.Module, count: int) -> None:
    """Freeze the first `count` layers with weights and unfreeze the others, except what `hold_frozen` found.

    Batch norm statistics are still updated.
    """
    for weight, learns in _weights(network, count):
        weight.requires_grad_(learns)
        if not learns:
            weight.grad = None


def _weights(network: nn.Module, count: int) -> Iterator[tuple[nn.Parameter, bool]]:
    """All weights, and whether they are trained with this many frozen layers; a leading norm is the first."""
    places, modules, held = weighted_layers(network), parts(network), _HELD.get(network, frozenset())
    first = 0 if count == 0 else places[count] if count < len(places) else len(modules)
    for place, (above, module) in enumerate(modules):
        for name, weight in module.named_parameters(above, recurse=False):
            yield weight, place >= first and name not in held
