"""The network of a user's Python file."""

import inspect
from collections.abc import Callable
from itertools import chain
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from tui_lab.data.user.user_code import load_object, own_code, split_name
from tui_lab.errors import InputError
from tui_lab.experiment.network.layer_kinds import Shape
from tui_lab.model.live import hold_frozen
from tui_lab.safe import safe


def own_network(named: str, shape: Shape, outputs: int) -> nn.Module:
    """The network from `named`, called with the arguments it asks for by name. Raises InputError."""
    made = load_object(named)
    network = made if isinstance(made, nn.Module) else _made(named, made, shape, outputs)
    path, name = split_name(named)
    shown = f"{path}: {name}"
    if next(network.parameters(), None) is None:
        raise InputError(f"{shown} has no weights, so there is nothing to train")
    if not any(weight.requires_grad for weight in network.parameters()):
        raise InputError(f"{shown} has all weights frozen (requires_grad), so there is nothing to train")
    hold_frozen(network)
    _settle_sizes(network, named, shape)
    return network


def _settle_sizes(network: nn.Module, named: str, shape: Shape) -> None:
    """Initialise lazy layers with a first batch."""

    def is_without_size() -> bool:
        return any(is_lazy(tensor) for tensor in chain(network.parameters(), network.buffers()))

    if not is_without_size():
        return
    network.eval()
    with own_code(named, "in the forward pass that sizes lazy layers"), torch.no_grad():
        network(torch.zeros(2, *shape))
    network.train()
    if is_without_size():
        path, name = split_name(named)
        raise InputError(
            f"{path}: {name} has a lazy layer that the forward pass does not reach, "
            "so its size is unknown: remove it, or use a layer that is not lazy"
        )


def _made(named: str, made: Any, shape: Shape, outputs: int) -> nn.Module:
    path, name = split_name(named)
    if not callable(made):
        raise InputError(f"{path}: {name!r} is not an nn.Module and does not return one")
    offered = {
        "num_classes": outputs, "outputs": outputs, "out_features": outputs, "output_size": outputs,
        "inputs": shape[0], "in_features": shape[0], "input_size": shape[0], "in_channels": shape[0],
        "shape": shape, "input_shape": shape,
    }  # fmt: skip
    with own_code(named, f"while creating {name}"):
        network = made(**_arguments(named, made, offered))
    if not isinstance(network, nn.Module):
        raise InputError(f"{path}: {name} returns {type(network).__name__}, not an nn.Module")
    return network


def _arguments(named: str, made: Callable[..., Any], offered: dict[str, object]) -> dict[str, object]:
    """Those of `offered` that it accepts. Raises InputError if it needs an unknown one."""
    path, name = split_name(named)
    try:
        parameters = inspect.signature(made).parameters.values()
    except (TypeError, ValueError):
        return {}
    plain = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    unknown = [p.name for p in plain if p.default is p.empty and p.name not in offered]
    if unknown:
        raise InputError(
            f"{path}: {name} needs {safe(', '.join(unknown), 200)}, which is "
            f"not provided: give it a default; these are provided by name: {', '.join(offered)}"
        )
    return {p.name: offered[p.name] for p in plain if p.name in offered}
