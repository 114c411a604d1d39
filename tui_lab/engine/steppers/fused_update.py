"""The update of torch's fused optimizers, without gathering their tensors anew at every step."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, optim

Update = Callable[[], object]
Gather = Callable[[dict[str, Any], list[Tensor], list[dict[str, Any]]], Update]


class FusedUpdate:
    """Makes the updates of an optimizer as its `step` does, while its gradients stay the same tensors.

    The learning rate is read at every update; the other numbers at the second, when every weight has a state.
    In inference mode, what the first update keeps can still be changed outside of it.
    """

    def __init__(self, optimizer: optim.Optimizer) -> None:
        self._optimizer = optimizer
        self._updates: list[Update] = []

    def make(self) -> None:
        if self._updates:
            for update in self._updates:
                update()
            return
        with torch.inference_mode(False), torch.no_grad():
            self._optimizer.step()
            self._updates = _gathered(self._optimizer)


def _gathered(optimizer: optim.Optimizer) -> list[Update]:
    """What updates each group of weights; the optimizer itself where there is nothing faster."""
    gather = next((_GATHER[kind] for kind in _GATHER if isinstance(optimizer, kind)), None)
    if gather is None:
        return [optimizer.step]
    learning = [[w for w in group["params"] if w.grad is not None] for group in optimizer.param_groups]
    return [
        gather(group, weights, [optimizer.state[weight] for weight in weights])
        for group, weights in zip(optimizer.param_groups, learning, strict=True)
        if weights
    ]


def _sgd(group: dict[str, Any], weights: list[Tensor], states: list[dict[str, Any]]) -> Update:
    grads, momentum = _grads(weights), group["momentum"]
    buffers = [state["momentum_buffer"] for state in states] if momentum else []
    numbers = {"weight_decay": group["weight_decay"], "momentum": momentum, "dampening": group["dampening"]}
    flags = {"nesterov": group["nesterov"], "maximize": group["maximize"], "is_first_step": False}
    return lambda: torch._fused_sgd_(weights, grads, buffers, lr=group["lr"], **numbers, **flags)


def _adam(group: dict[str, Any], weights: list[Tensor], states: list[dict[str, Any]]) -> Update:
    """Of Adam, or of AdamW, which torch calls decoupled."""
    update = torch._fused_adamw_ if group["decoupled_weight_decay"] else torch._fused_adam_
    means, squares = ([state[name] for state in states] for name in ("exp_avg", "exp_avg_sq"))
    counts = counted_together(states)
    steps = [state["step"] for state in states]
    grads = _grads(weights)
    beta1, beta2 = group["betas"]
    numbers = {"beta1": beta1, "beta2": beta2, "weight_decay": group["weight_decay"], "eps": group["eps"]}

    def make() -> None:
        counts.add_(1)
        update(
            weights, grads, means, squares, [], steps,
            lr=group["lr"], **numbers, amsgrad=False, maximize=False,
        )  # fmt: skip

    return make


def counted_together(states: list[dict[str, Any]]) -> Tensor:
    """The updates that each weight has had: an addition counts for the states of all of them."""
    counts = torch.stack([state["step"] for state in states])
    for state, step in zip(states, counts.unbind(), strict=True):
        state["step"] = step
    return counts


def _grads(weights: list[Tensor]) -> list[Tensor]:
    return [weight.grad for weight in weights if weight.grad is not None]


_GATHER: Mapping[type[optim.Optimizer], Gather] = {optim.SGD: _sgd, optim.Adam: _adam}
