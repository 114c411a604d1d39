"""Optimizers and learning-rate schedules, all torch's own."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn, optim
from torch.optim import lr_scheduler

from tui_lab.spec.hyperparameters import Hyperparameters


def make_optimizer(
    parameters: Iterable[nn.Parameter], hyper: Hyperparameters, device: torch.device
) -> optim.Optimizer:
    """The optimizer of `hyper`, in torch's fused form where the device has one.

    `momentum` is the first beta of Adam and AdamW. Adagrad takes neither.
    """
    weights = list(parameters)
    lr, decay, momentum = hyper.lr, hyper.weight_decay, hyper.momentum
    betas = (momentum, hyper.beta2)
    fused = device.type in ("cpu", "cuda")
    match hyper.optimizer:
        case "sgd":
            return optim.SGD(weights, lr, momentum, weight_decay=decay, fused=fused)
        case "adam":
            return optim.Adam(weights, lr, betas, weight_decay=decay, fused=fused)
        case "adamw":
            return optim.AdamW(weights, lr, betas, weight_decay=decay, fused=fused)
        case "rmsprop":
            return optim.RMSprop(weights, lr, momentum=momentum, weight_decay=decay)
        case "adagrad":
            return optim.Adagrad(weights, lr, weight_decay=decay, fused=device.type == "cpu")


class LearningRate:
    """A schedule that knows when it moves: `after_step` once a step, `after_epoch` once an epoch."""

    def __init__(self, optimizer: optim.Optimizer, hyper: Hyperparameters, steps_per_epoch: int) -> None:
        self._optimizer = optimizer
        self._in_force = hyper.lr
        self._by_step: lr_scheduler.OneCycleLR | None = None
        self._by_epoch: lr_scheduler.LRScheduler | None = None
        self._by_loss: lr_scheduler.ReduceLROnPlateau | None = None
        epochs = hyper.epochs
        match hyper.schedule:
            case "step":
                self._by_epoch = lr_scheduler.StepLR(optimizer, hyper.step_size, hyper.gamma)
            case "cosine":
                self._by_epoch = lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
            case "plateau":
                self._by_loss = lr_scheduler.ReduceLROnPlateau(
                    optimizer, factor=hyper.gamma, patience=hyper.step_size
                )
            case "one_cycle":
                self._by_step = lr_scheduler.OneCycleLR(
                    optimizer,
                    max_lr=hyper.lr,
                    total_steps=epochs * steps_per_epoch,
                    cycle_momentum=False,
                )

    @property
    def in_force(self) -> float:
        """The learning rate of the last step, and before the first one that of the first."""
        return self._in_force if self._by_step else self._now()

    def state_dict(self) -> dict[str, Any]:
        """The state of the schedule as plain data."""
        schedule = self._by_step or self._by_epoch or self._by_loss
        return {"in_force": self._in_force, "schedule": schedule.state_dict() if schedule else {}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._in_force = state["in_force"]
        schedule = self._by_step or self._by_epoch or self._by_loss
        if schedule is not None:
            schedule.load_state_dict(state["schedule"])

    def _now(self) -> float:
        return float(self._optimizer.param_groups[0]["lr"])

    def after_step(self) -> None:
        """Move the schedules that move with every step (one-cycle)."""
        if self._by_step is not None:
            self._in_force = self._now()
            if self._by_step.last_epoch < self._by_step.total_steps:
                self._by_step.step()

    def after_epoch(self, val_loss: float) -> None:
        """Move the schedules that move with every epoch."""
        if self._by_epoch is not None:
            self._by_epoch.step()
        if self._by_loss is not None:
            self._by_loss.step(val_loss)
