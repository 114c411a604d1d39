"""A trial in a stack, and its share of an epoch that was made for all.

Legend: N rows of the training split, V of the validation split, K outputs, P values of all weights, L of
those that learn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor

from tui_lab.engine.stacked.rows import Layout, kept_names
from tui_lab.engine.state.training_state import Training


@dataclass(frozen=True, slots=True)
class Share:
    """What an epoch has made of one trial.

    `begin`: the updates that the trial had made before. `losses`: of its steps, up to the first that is not
    finite: that step changed nothing. `random`: the state of torch's generator afterwards. `seconds`: its
    part of the time that the epoch took.
    """

    begin: int
    losses: list[float]
    outputs_NK: Tensor
    validated_VK: Tensor
    weights_P: Tensor
    kept_L: list[Tensor]
    average_P: Tensor | None
    random: Tensor
    seconds: float
    layout: Layout

    @property
    def finite(self) -> bool:
        """Whether every loss is."""
        return isfinite(self.losses[-1])

    @property
    def made(self) -> int:
        """The updates that were applied."""
        return len(self.losses) - (not self.finite)


@dataclass(slots=True)
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

    def fill(self, layout: Layout, weights_P: Tensor, kept_L: Sequence[Tensor]) -> None:
        """Copy its weights, and what its optimizer keeps, into rows of the stack."""
        training = self.training
        layout.fill(weights_P, training.network.parameters())
        for name, row_L in zip(kept_names(training.hyper.optimizer), kept_L, strict=True):
            states = [training.optimizer.state[weight] for weight in self._learning()]
            if all(name in state for state in states):
                torch._foreach_copy_(layout.of_learning(row_L), [state[name] for state in states])
            else:  # torch's optimizers begin with 0
                row_L.zero_()

    def updates(self) -> float:
        """The updates that its optimizer has counted."""
        if self.training.hyper.optimizer == "sgd":
            return 0.0
        states = self.training.optimizer.state.values()
        return next((float(state["step"]) for state in states if "step" in state), 0.0)

    @torch.no_grad()
    def take(self, share: Share) -> None:
        """Put what the epoch has made into the trial's own weights, optimizer and average."""
        training, layout = self.training, share.layout
        weights: list[Tensor] = list(training.network.parameters())
        torch._foreach_copy_(weights, layout.of_one(share.weights_P))
        if share.average_P is not None and training.average is not None:
            training.average.load_state_dict(
                dict(zip(training.average.state_dict(), layout.of_one(share.average_P), strict=True))
            )
        optimizer, hyper = training.optimizer, training.hyper
        learning = self._learning()
        for name, row_L in zip(kept_names(hyper.optimizer), share.kept_L, strict=True):
            if name != "momentum_buffer" or hyper.momentum:
                own = [_own(optimizer.state[weight], name, weight) for weight in learning]
                torch._foreach_copy_(own, layout.of_learning(row_L))
        if hyper.optimizer != "sgd":
            torch._foreach_add_([self._count(weight) for weight in learning], share.made)
        training.optimizer._opt_called = True  # type: ignore[attr-defined]  # schedules warn otherwise
        torch.set_rng_state(share.random)

    def _learning(self) -> list[Tensor]:
        return [weight for weight in self.training.network.parameters() if weight.requires_grad]

    def _count(self, weight: Tensor) -> Tensor:
        """How often a weight was changed, where torch's optimizers would keep it."""
        optimizer = self.training.optimizer
        on = weight.device if optimizer.defaults.get("fused") else None
        count: Tensor = optimizer.state[weight].setdefault("step", torch.zeros((), device=on))
        return count


def _own(state: dict[str, Tensor], name: str, weight: Tensor) -> Tensor:
    return state.setdefault(name, torch.zeros_like(weight))
