"""Loading pretrained weights into a network by name, where shapes match."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor, nn

from tui_lab.errors import InputError
from tui_lab.safe import safe

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class TransferReport:
    """What happened to the tensors, by name and in the order of the network.

    `taken` were loaded; `new` keep their initial values, with the reason; `unused` are given ones that the
    network does not have.
    """

    taken: tuple[str, ...]
    new: dict[str, str]
    unused: tuple[str, ...]


def take(network: nn.Module, given: Mapping[str, Tensor], why_last_is_new: str = "") -> TransferReport:
    """Copy the tensors that match in name and shape into the network.

    A layer is loaded as a whole: if one of its tensors has another shape, the others stay new as well, since
    a bias is useless without its weights. `why_last_is_new`: if not empty, the output layer stays new even if
    it fits. Raises InputError if nothing matches, or for values that are not finite.
    """
    own: dict[str, Tensor] = network.state_dict()
    new: dict[str, str] = {}
    layers = [list(names) for _, names in groupby(own, lambda name: name.rpartition(".")[0])]
    for names in layers:
        new |= _reasons({name: own[name] for name in names}, given)
    if why_last_is_new and layers:
        new |= {name: why_last_is_new for name in layers[-1] if name not in new}
    taken = tuple(name for name in own if name not in new)
    if not taken:
        found = (f" ({safe(name, 60)}: {why})" for name, why in new.items() if name in given)
        raise InputError(
            f"no tensor matches the network in name, shape and "
            f"dtype{next(found, '')}. The file has: {_listed(given)}. The network has: {_listed(own)}"
        )
    fitting = {name: given[name].to(own[name].dtype) for name in taken}
    for name, tensor in fitting.items():
        if not bool(tensor.isfinite().all()):
            why = _not_finite(given[name], tensor)
            raise InputError(
                f"tensor {safe(name, 60)!r} has values that are {why}, so training would fail; "
                "use other weights, perhaps those of an earlier checkpoint"
            )
    with torch.no_grad():
        for name, tensor in fitting.items():
            own[name].copy_(tensor)
    return TransferReport(taken, new, tuple(name for name in given if name not in own))


def _reasons(layer: dict[str, Tensor], given: Mapping[str, Tensor]) -> dict[str, str]:
    """Why tensors of one layer cannot be loaded; empty if all of them can."""
    found: dict[str, str] = {}
    for name, tensor in layer.items():
        other = given.get(name)
        if other is None:
            found[name] = "not there"
        elif other.shape != tensor.shape:
            found[name] = f"{_shape(other)} there, {_shape(tensor)} here"
        elif other.is_floating_point() != tensor.is_floating_point():
            found[name] = f"{other.dtype} there, {tensor.dtype} here".replace("torch.", "")
    if set(found.values()) - {"not there"}:
        return {name: found.get(name, "its layer is new") for name in layer}
    return found


def _not_finite(given: Tensor, here: Tensor) -> str:
    if given.dtype == torch.float64 and bool(given.isfinite().all()):
        return f"too large for {here.dtype}".replace("torch.", "")
    return "not finite"


def _shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "a single number"


def _listed(tensors: Mapping[str, Tensor]) -> str:
    shown = [f"{safe(name, 60)} ({_shape(tensor)})" for name, tensor in list(tensors.items())[:_SHOWN]]
    return ", ".join(shown) + (", ..." if len(tensors) > _SHOWN else "") or "nothing"
