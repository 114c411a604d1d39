"""The learning rate over a run: torch's schedules, with live edits.

An edit changes a running schedule as one would expect: `lr` scales the rest of it, `gamma` and `step_size`
apply from the next reduction, `epochs` stretches cosine and one-cycle to the new end. A new `schedule`
starts at `lr`, over the rest of the run. Pretrained weights follow the same schedule, at
`transfer_lr_factor` of the rate.
"""

from typing import Any

import torch
from torch import optim
from torch.optim import lr_scheduler

from tui_lab.engine.state.optimizers import TRANSFERRED
from tui_lab.experiment.hyperparameters import Hyperparameters

# What schedules keep in an optimizer's groups; all of it is proportional to `lr`.
_RATES = ("lr", "initial_lr", "max_lr", "min_lr")


class LearningRate:
    """A schedule that is stepped by `after_step` once a step and `after_epoch` once an epoch.

    `epochs` and `steps` are the rest of the run when the schedule starts.
    """

    def __init__(self, optimizer: optim.Optimizer, hyper: Hyperparameters, epochs: int, steps: int) -> None:
        self._optimizer = optimizer
        self._begin(hyper, epochs, steps)

    def _begin(self, hyper: Hyperparameters, epochs: int, steps: int) -> None:
        optimizer = self._optimizer
        self._in_force = hyper.lr
        self._used: list[float] = []
        self._by_step: lr_scheduler.OneCycleLR | None = None
        self._by_epoch: lr_scheduler.StepLR | lr_scheduler.CosineAnnealingLR | None = None
        self._by_loss: lr_scheduler.ReduceLROnPlateau | None = None
        self._factor = hyper.transfer_lr_factor
        for group, lr in zip(optimizer.param_groups, _rates(optimizer, hyper), strict=True):
            group["lr"] = lr
            group.pop("initial_lr", None)
        match hyper.schedule:
            case "step":
                self._by_epoch = lr_scheduler.StepLR(optimizer, hyper.step_size, hyper.gamma)
            case "cosine":
                self._by_epoch = lr_scheduler.CosineAnnealingLR(optimizer, T_max=max(1, epochs))
            case "plateau":
                self._by_loss = lr_scheduler.ReduceLROnPlateau(
                    optimizer, factor=hyper.gamma, patience=hyper.step_size
                )
            case "one_cycle":
                self._by_step = _one_cycle(optimizer, hyper, steps)

    @property
    def in_force(self) -> float:
        """The learning rate of the last step; before the first step, that of the first."""
        return self._in_force if self._by_step else self._now()

    @property
    def changes_each_step(self) -> bool:
        """Whether `after_step` does anything."""
        return self._by_step is not None

    def state_dict(self) -> dict[str, Any]:
        """The state of the schedule as plain data; its rates are in the optimizer's state."""
        schedule = self._by_step or self._by_epoch or self._by_loss
        return {"in_force": self._in_force, "schedule": schedule.state_dict() if schedule else {}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._in_force = state["in_force"]
        schedule = self._by_step or self._by_epoch or self._by_loss
        if schedule is not None:
            schedule.load_state_dict(state["schedule"])

    def _now(self) -> float:
        return float(self._optimizer.param_groups[0]["lr"])

    def after_step(self) -> None:
        """Step the per-step schedules (one-cycle)."""
        if self._by_step is not None:
            self._in_force = self._now()
            self._used.append(self._in_force)
            if self._by_step.last_epoch < self._by_step.total_steps:
                self._by_step.step()

    def ahead(self, hyper: Hyperparameters, steps: int) -> list[float]:
        """The rates of the next `steps` steps of an epoch; the schedule stays where it is."""
        if self._by_step is None:
            return [self._now()] * steps
        nothing = optim.SGD([torch.zeros(())], hyper.lr)
        nothing._opt_called = True  # type: ignore[attr-defined]  # schedules warn otherwise
        apart = self.move_to(nothing, hyper)
        for _ in range(steps):
            apart.after_step()
        return apart._used

    def points(self, first: int, last: int) -> list[tuple[int, float]]:
        """Steps since the last call, of which `first` to `last` are to be reported, and their rates.

        Both ends are enough where the rate was constant: it changes by the step, or between two calls.
        """
        if self._by_step is None:
            return [(step, self._now()) for step in dict.fromkeys((first, last))]
        used, self._used = self._used, []
        return list(zip(range(first, last + 1), used, strict=False))

    def after_epoch(self, val_loss: float) -> None:
        if self._by_epoch is not None:
            self._by_epoch.step()
        if self._by_loss is not None:
            self._by_loss.step(val_loss)

    def rescale(self, old: float, new: float) -> None:
        """Change the base rate from `old` to `new`."""
        schedule = self._by_step or self._by_epoch
        for group in self._optimizer.param_groups:
            if schedule is None and self._by_loss is None:
                group["lr"] = new * self._factor if TRANSFERRED in group else new
                continue
            for key in _RATES:
                if key in group:
                    group[key] *= new / old
        if schedule is not None:
            schedule.base_lrs = [base * (new / old) for base in schedule.base_lrs]
        if self._by_step is None or self._by_step.last_epoch == 0:
            self._in_force = self._now()

    def hold_back(self, factor: float) -> None:
        """Set the rate of pretrained weights to `factor` times that of the rest."""
        self._factor = factor
        first, *others = self._optimizer.param_groups
        for group in others:
            group.update({key: first[key] * factor for key in _RATES if key in first})
        schedule = self._by_step or self._by_epoch
        if schedule is not None:
            schedule.base_lrs = [schedule.base_lrs[0], *(schedule.base_lrs[0] * factor for _ in others)]

    def retune(self, hyper: Hyperparameters) -> None:
        """Use `gamma` and `step_size` for later reductions."""
        if isinstance(self._by_epoch, lr_scheduler.StepLR):
            self._by_epoch.gamma, self._by_epoch.step_size = hyper.gamma, hyper.step_size
        if self._by_loss is not None:
            self._by_loss.factor, self._by_loss.patience = hyper.gamma, hyper.step_size

    def stretch(self, hyper: Hyperparameters, epochs: int, steps: int) -> None:
        """Make cosine and one-cycle end after `epochs` more epochs, `steps` more steps.

        Cosine continues from its current rate; one-cycle is where it would be with this length from the
        start. A schedule that has ended starts again.
        """
        if isinstance(self._by_epoch, lr_scheduler.CosineAnnealingLR):
            done = self._by_epoch.last_epoch
            if done >= self._by_epoch.T_max:
                self._begin(hyper, epochs, steps)
            else:
                self._by_epoch.T_max = done + max(1, epochs)
        elif self._by_step is not None:
            done = self._by_step.last_epoch
            if done >= self._by_step.total_steps:
                self._begin(hyper, epochs, steps)
            else:
                self._by_step = _one_cycle(self._optimizer, hyper, done + max(1, steps), done)

    def move_to(self, optimizer: optim.Optimizer, hyper: Hyperparameters) -> "LearningRate":
        """The same schedule, at the same point, for another optimizer of the same weights."""
        moved = LearningRate(optimizer, hyper, 1, 2)
        moved.load_state_dict(self.state_dict())
        for new, old in zip(optimizer.param_groups, self._optimizer.param_groups, strict=True):
            new.update({key: old[key] for key in _RATES if key in old})
        return moved


def _rates(optimizer: optim.Optimizer, hyper: Hyperparameters) -> list[float]:
    """The base rate of each group."""
    held_back = hyper.lr * hyper.transfer_lr_factor
    return [held_back if TRANSFERRED in group else hyper.lr for group in optimizer.param_groups]


def _one_cycle(
    optimizer: optim.Optimizer, hyper: Hyperparameters, steps: int, done: int = 0
) -> lr_scheduler.OneCycleLR:
    """A one-cycle schedule of `steps` steps, `done` of which are past."""
    rates = _rates(optimizer, hyper)
    for group in optimizer.param_groups:
        group.pop("initial_lr", None)
    made = lr_scheduler.OneCycleLR(optimizer, max_lr=rates, total_steps=max(1, steps), cycle_momentum=False)
    if done:
        made.last_epoch = done - 1
        made._step_count = done
        made.step()
    return made
