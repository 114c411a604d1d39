"""Optimizers, all from torch."""

from collections.abc import Callable
from functools import cache
from inspect import unwrap

import torch
from torch import optim
from torch.optim.optimizer import ParamsT

from tui_lab.experiment.hyperparameters import Hyperparameters

TRANSFERRED = "transferred"
"""The key that marks the group with the rate `lr` times `transfer_lr_factor`; it is never the first."""
KEPT = {
    "sgd": ("momentum_buffer", ""),
    "adam": ("exp_avg", "exp_avg_sq"),
    "adamw": ("exp_avg", "exp_avg_sq"),
    "rmsprop": ("momentum_buffer", "square_avg"),
    "adagrad": ("", "sum"),
}
"""What torch's optimizers keep for a weight: the first and second moment, "" for none."""


def make_optimizer(weights: ParamsT, hyper: Hyperparameters, device: torch.device) -> optim.Optimizer:
    """The optimizer of `hyper`, fused if the device supports it.

    `momentum` is the first beta of Adam and AdamW. Adagrad takes neither. Groups of `weights` may be empty.
    """
    lr, decay, momentum = hyper.lr, hyper.weight_decay, hyper.momentum
    betas = (momentum, hyper.beta2)
    fused = device.type in ("cpu", "cuda")
    match hyper.optimizer:
        case "sgd":
            return _plain(optim.SGD)(weights, lr, momentum, weight_decay=decay, fused=fused)
        case "adam":
            return _plain(optim.Adam)(weights, lr, betas, weight_decay=decay, fused=fused)
        case "adamw":
            return _plain(optim.AdamW)(weights, lr, betas, weight_decay=decay, fused=fused)
        case "rmsprop":
            return _plain(optim.RMSprop)(weights, lr, momentum=momentum, weight_decay=decay)
        case "adagrad":
            return _plain(optim.Adagrad)(weights, lr, weight_decay=decay, fused=device.type == "cpu")


@cache
def _plain(kind: type[optim.Optimizer]) -> Callable[..., optim.Optimizer]:
    """An optimizer of torch's without the wrappers that keep torch's compiler away from it.

    They import the compiler for that, which takes two seconds, and slow down every step.
    """
    wrapped = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
    methods = {name: unwrap(getattr(kind, name)) for name in wrapped}
    step = torch.no_grad()(unwrap(kind.step))
    step.hooked = True  # torch adds its profiler's wrapper to a step that is not marked so
    return type(kind.__name__, (kind,), {**methods, "step": step})


def configure(optimizer: optim.Optimizer, hyper: Hyperparameters) -> None:
    """Apply momentum, betas and weight decay of `hyper` to an optimizer in use."""
    for group in optimizer.param_groups:
        group["weight_decay"] = hyper.weight_decay
        if "betas" in group:
            group["betas"] = (hyper.momentum, hyper.beta2)
        elif "momentum" in group:
            group["momentum"] = hyper.momentum
        if isinstance(optimizer, optim.RMSprop) and hyper.momentum:
            for weight in group["params"]:  # torch only creates these at the first step
                state = optimizer.state[weight]
                if state and "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(weight)
