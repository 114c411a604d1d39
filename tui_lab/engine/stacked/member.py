"""A trial in a stack, and its share of an epoch that was made for all.

Legend: N rows of the training split, V of the validation split, K outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from tui_lab.engine.stacked.rows import Slot, kept_names
from tui_lab.engine.state.training_state import Training
from tui_lab.experiment.hyperparameters import Hyperparameters


@dataclass(eq=False, slots=True)
class Share:
    """What an epoch has made of one trial.

    `begin`, `hyper`: the updates that the trial had made before, and what was in force. `losses`: of its
    steps, up to the first that is not finite: that step changed nothing. `slot`: the weights afterwards, and
    what belongs to them. `random`: the state of torch's generator afterwards. `seconds`: its part of the time
    that the epoch took.
    """

    begin: int
    hyper: Hyperparameters
    losses: list[float]
    outputs_NK: Tensor
    validated_VK: Tensor
    slot: Slot
    random: Tensor
    seconds: float
    taken: bool = False

    def is_of(self, training: Training) -> bool:
        """Whether the trial still is where it was when the epoch was made."""
        return self.begin == training.step and self.hyper is training.hyper

    @property
    def finite(self) -> bool:
        """Whether every loss is."""
        return isfinite(self.losses[-1])

    @property
    def made(self) -> int:
        """The updates that were applied."""
        return len(self.losses) - (not self.finite)


@dataclass(eq=False, slots=True)
class Member:
    """A trial, as the stack sees it.

    `quiet`: whether it goes on: it is not held or paused, and no command waits for it. `random`: the state of
    torch's generator for this trial, while another has its turn. `ready`: it stands at the beginning of an
    epoch, or soon will, with what `training` holds. `share`: of the next epoch, until its loop takes it.
    """

    training: Training
    quiet: Callable[[], bool]
    random: Tensor
    ready: bool
    share: Share | None = None
    _known: "_Known | None" = None

    @property
    def waits(self) -> bool:
        """Whether its next epoch can be made now."""
        training = self.training
        return (
            self.ready
            and self.share is None
            and training.end is None
            and not training.position
            and not training.queued
            and training.next_order_seed is None
            and self.quiet()
        )

    def fill(self, slot: Slot) -> None:
        """Copy its weights, its average and what its optimizer keeps into the stack."""
        training, known = self.training, self._what()
        torch._foreach_copy_(slot.weights, known.weights)
        if training.average is not None:
            torch._foreach_copy_(slot.average, list(training.average.state_dict().values()))
        for name, of_stack in zip(known.names, slot.kept, strict=True):
            own = [state[name] for state in known.states if name in state]
            if len(own) == len(of_stack):
                torch._foreach_copy_(of_stack, own)
            else:  # torch's optimizers begin with 0
                torch._foreach_zero_(of_stack)

    def updates(self) -> float:
        """The updates that its optimizer has counted."""
        return next((float(state["step"]) for state in self._what().states if "step" in state), 0.0)

    @torch.no_grad()
    def take(self, share: Share) -> None:
        """Put what the epoch has made into the trial's own weights, optimizer and average."""
        training, known, slot, share.taken = self.training, self._what(), share.slot, True
        torch._foreach_copy_(known.weights, slot.weights)
        if training.average is not None:
            torch._foreach_copy_(list(training.average.state_dict().values()), slot.average)
        for name, of_stack in zip(known.names, slot.kept, strict=True):
            if name != "momentum_buffer" or training.hyper.momentum:
                known.add(name, torch.zeros_like)
                torch._foreach_copy_([state[name] for state in known.states], of_stack)
        if training.hyper.optimizer != "sgd":
            known.add("step", self._no_updates)
            torch._foreach_add_([state["step"] for state in known.states], share.made)
        training.optimizer._opt_called = True  # type: ignore[attr-defined]  # schedules warn otherwise
        torch.set_rng_state(share.random)

    def _no_updates(self, weight: Tensor) -> Tensor:
        """The count of updates, where torch's optimizers would keep it."""
        on = weight.device if self.training.optimizer.defaults.get("fused") else None
        return torch.zeros((), device=on)

    def _what(self) -> "_Known":
        training, known = self.training, self._known
        if known is None or known.state is not training.optimizer.state or known.hyper is not training.hyper:
            known = self._known = _Known(training)
        return known


class _Known:
    """The weights, and for each that learns what the optimizer keeps. To look them up takes long."""

    def __init__(self, training: Training) -> None:
        self.state, self.hyper = training.optimizer.state, training.hyper
        self.weights: list[Tensor] = list(training.network.parameters())
        self.learning = [weight for weight in self.weights if weight.requires_grad]
        self.states: list[dict[str, Any]] = [self.state[weight] for weight in self.learning]
        self.names = kept_names(training.hyper.optimizer)

    def add(self, name: str, make: Callable[[Tensor], Tensor]) -> None:
        """Let every state have what its optimizer would have created in its first update."""
        for weight, state in zip(self.learning, self.states, strict=True):
            if name not in state:
                state[name] = make(weight)
