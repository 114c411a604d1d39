"""The updates of a stack on a GPU: the formulas of torch's optimizers on the rows of all trials at once.

What an update multiplies by is computed before the epoch, in float64, for every trial and step, and is a
tensor on the device. For a trial that is over it is replaced by what changes nothing. Formulas: those of
torch's fused kernels (aten/src/ATen/native/cuda/fused_adam_utils.cuh and the like).

Legend: T trials, S steps, L learning values of a trial, N numbers of an update.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tui_lab.engine.stacked.member import Member
from tui_lab.engine.stacked.rows import Rows

_ADAM_EPS, _RMSPROP_EPS, _ADAGRAD_EPS, _ALPHA = 1e-8, 1e-8, 1e-10, 0.99
"""torch's own defaults."""


class TogetherUpdate:
    """Changes the trials of a stack with the same few operations for all."""

    def __init__(self, members: Sequence[Member], rows: Rows, clip_T1: Tensor | None) -> None:
        self._rows, self._clip_T1 = rows, clip_T1
        self._formula = _FORMULAS[members[0].training.hyper.optimizer]
        self._device = rows.weights_TP.device
        decays = [0.0 if (a := m.training.average) is None else 1 - a.decay for m in members]
        self._averages, self._towards_T = any(decays), torch.tensor(decays, dtype=torch.float64)
        self.numbers_SNT1 = torch.zeros(0, device=self._device)
        self._idle_N11 = torch.zeros(0, device=self._device)
        self.alive_T = torch.ones(len(members), dtype=torch.bool, device=self._device)

    def begin(self, members: Sequence[Member], steps: int) -> None:
        """Begin an epoch of that many steps."""
        found = self._formula.numbers(_numbers_of(members, steps))
        values = [*(value for value, _ in found), self._towards_T]
        stacked = torch.stack([value.expand(steps, len(members)) for value in values], 1)
        numbers_SNT1 = stacked.float().unsqueeze(-1).to(self._device)
        if self.numbers_SNT1.shape != numbers_SNT1.shape:  # else a recording reads what is there
            self.numbers_SNT1 = numbers_SNT1
            idle = [*(idle for _, idle in found), 0.0]
            self._idle_N11 = torch.tensor(idle, device=self._device).view(-1, 1, 1)
        self.numbers_SNT1.copy_(numbers_SNT1)
        self.alive_T.fill_(True)

    def watch(self, losses_T: Tensor) -> None:
        """From a loss that is not finite on, a trial is not changed."""
        self.alive_T &= losses_T.isfinite()

    def apply(self, step_1: Tensor) -> None:
        """Make that step of the epoch, given the gradients in the rows."""
        rows, alive_T1 = self._rows, self.alive_T.unsqueeze(1)
        rows.by_learning_TL.masked_fill_(~alive_T1, 0)
        numbers_NT1 = self.numbers_SNT1.index_select(0, step_1).squeeze(0)
        *numbers, towards_T1 = torch.where(alive_T1, numbers_NT1, self._idle_N11).unbind()
        if self._clip_T1 is not None:
            rows.clip(self._clip_T1)
        self._formula.change(rows.learning_TL, rows.by_learning_TL, rows.kept_TL, numbers)
        if self._averages:
            rows.averages_TP.lerp_(rows.weights_TP, towards_T1)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the numbers of an update are made from, float64: `(T,)`, and those of steps `(S, T)`.

    `made`: the updates that each trial will have made after a step.
    """

    lr_ST: Tensor
    made_ST: Tensor
    momentum_T: Tensor
    beta2_T: Tensor
    decay_T: Tensor


def _numbers_of(members: Sequence[Member], steps: int) -> Numbers:
    trainings = [member.training for member in members]
    rates = [training.rate.ahead(training.hyper, steps) for training in trainings]
    made_T = torch.tensor([member.updates() for member in members], dtype=torch.float64)

    def each(name: str) -> Tensor:
        return torch.tensor([getattr(training.hyper, name) for training in trainings], dtype=torch.float64)

    return Numbers(
        torch.tensor(rates, dtype=torch.float64).t(),
        made_T + torch.arange(1, steps + 1).unsqueeze(1),
        each("momentum"),
        each("beta2"),
        each("weight_decay"),
    )


Changes = Callable[[Tensor, Tensor, Sequence[Tensor], Sequence[Tensor]], None]
"""`(weights (T, L), gradients (T, L), kept [(T, L)], numbers [(T, 1)])`: changes weights and what is kept."""


@dataclass(frozen=True, slots=True)
class Formula:
    """An optimizer: its numbers by step, each with the value that changes nothing, and what it does.

    The gradients may be overwritten.
    """

    numbers: Callable[[Numbers], Sequence[tuple[Tensor, float]]]
    change: Changes


def _sgd_numbers(n: Numbers) -> list[tuple[Tensor, float]]:
    return [(-n.lr_ST, 0.0), (n.momentum_T, 1.0), (n.decay_T, 0.0)]


def _sgd(w: Tensor, g: Tensor, kept: Sequence[Tensor], numbers: Sequence[Tensor]) -> None:
    """A trial without momentum has its gradient there."""
    rate, momentum, decay = numbers
    (buffer,) = kept
    buffer.mul_(momentum).add_(g.addcmul_(w, decay))
    w.addcmul_(buffer, rate)


def _adam_numbers(n: Numbers) -> list[tuple[Tensor, float]]:
    bias1, bias2 = 1 - n.momentum_T**n.made_ST, 1 - n.beta2_T**n.made_ST
    return [
        (-n.lr_ST / bias1, 0.0),
        (bias2.sqrt(), 1.0),
        (1 - n.momentum_T, 0.0),
        (n.beta2_T, 1.0),
        (1 - n.beta2_T, 0.0),
        (n.decay_T, 0.0),
    ]


def _adam(w: Tensor, g: Tensor, kept: Sequence[Tensor], numbers: Sequence[Tensor]) -> None:
    *rest, decay = numbers
    _adam_step(w, g.addcmul_(w, decay), kept, rest)


def _adamw_numbers(n: Numbers) -> list[tuple[Tensor, float]]:
    return [*_adam_numbers(n)[:-1], (1 - n.lr_ST * n.decay_T, 1.0)]


def _adamw(w: Tensor, g: Tensor, kept: Sequence[Tensor], numbers: Sequence[Tensor]) -> None:
    """The decay is apart from the gradient (Loshchilov and Hutter 2019)."""
    *rest, shrink = numbers
    w.mul_(shrink)
    _adam_step(w, g, kept, rest)


def _adam_step(w: Tensor, g: Tensor, kept: Sequence[Tensor], numbers: Sequence[Tensor]) -> None:
    rate, root_bias2, less1, beta2, less2 = numbers
    mean, square = kept
    mean.lerp_(g, less1)
    square.mul_(beta2).addcmul_(g.square(), less2)
    w.addcdiv_(mean * rate, square.sqrt().div_(root_bias2).add_(_ADAM_EPS))


def _rmsprop_numbers(n: Numbers) -> list[tuple[Tensor, float]]:
    alpha_T = torch.full_like(n.decay_T, _ALPHA)
    return [
        (-n.lr_ST, 0.0),
        (n.momentum_T, 1.0),
        (n.decay_T, 0.0),
        (alpha_T, 1.0),
        (1 - alpha_T, 0.0),
    ]


def _rmsprop(w: Tensor, g: Tensor, kept: Sequence[Tensor], numbers: Sequence[Tensor]) -> None:
    rate, momentum, decay, alpha, rest = numbers
    buffer, square = kept
    g.addcmul_(w, decay)
    square.mul_(alpha).addcmul_(g.square(), rest)
    buffer.mul_(momentum).addcdiv_(g, square.sqrt().add_(_RMSPROP_EPS))
    w.addcmul_(buffer, rate)


def _adagrad_numbers(n: Numbers) -> list[tuple[Tensor, float]]:
    return [(-n.lr_ST, 0.0), (n.decay_T, 0.0)]


def _adagrad(w: Tensor, g: Tensor, kept: Sequence[Tensor], numbers: Sequence[Tensor]) -> None:
    rate, decay = numbers
    (total,) = kept
    g.addcmul_(w, decay)
    total.addcmul_(g, g)
    w.addcdiv_(g * rate, total.sqrt().add_(_ADAGRAD_EPS))


_FORMULAS: Mapping[str, Formula] = {
    "sgd": Formula(_sgd_numbers, _sgd),
    "adam": Formula(_adam_numbers, _adam),
    "adamw": Formula(_adamw_numbers, _adamw),
    "rmsprop": Formula(_rmsprop_numbers, _rmsprop),
    "adagrad": Formula(_adagrad_numbers, _adagrad),
}
"""By the hyperparameter `optimizer`; what is kept is in the order of `KEPT`."""
