"""The updates of a stack on the CPU: torch's own kernels on the row of each trial, so that it has the bits of
an update alone. On small networks that takes no longer than changing all rows at once.

Legend: T trials, L learning values of a trial.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from tui_lab.engine.stacked.member import Member
from tui_lab.engine.stacked.rows import Rows
from tui_lab.experiment.hyperparameters import Hyperparameters

_EPS, _ADAGRAD_EPS, _ALPHA = 1e-8, 1e-10, 0.99
"""torch's own defaults."""
Update = Callable[[float], object]
"""Changes the weights of a trial, given the learning rate."""
_Runs = list[Tensor]
"""A row of one trial in pieces (see `Layout.runs`); of the count of its updates there is one."""


class EachUpdate:
    """Changes the trials of a stack one after the other."""

    def __init__(self, members: Sequence[Member], rows: Rows, clip_T1: Tensor | None) -> None:
        trainings = [member.training for member in members]
        self._rows, self._clip_T1 = rows, clip_T1
        self._counts_T = torch.zeros(len(members))
        make, runs = _MAKERS[trainings[0].hyper.optimizer], rows.layout.runs
        given = zip(rows.learning_TL, rows.by_learning_TL, *rows.kept_TL, strict=True)
        self._updates = [
            make(training.hyper, [count], *map(runs, of_one))
            for training, count, of_one in zip(trainings, self._counts_T.unbind(), given, strict=True)
        ]
        self._averages = [
            None if training.average is None else (average, weights, 1 - training.average.decay)
            for training, average, weights in zip(trainings, rows.averages_TP, rows.weights_TP, strict=True)
        ]
        self._rates: list[list[float]] = []
        self._alive: list[int] = []

    def begin(self, members: Sequence[Member], steps: int) -> None:
        """Begin an epoch of that many steps."""
        self._rates = [m.training.rate.ahead(m.training.hyper, steps) for m in members]
        self._counts_T.copy_(torch.tensor([member.updates() for member in members]))
        self._alive = list(range(len(members)))

    def stop(self, trials: Sequence[int]) -> None:
        """Change these no more."""
        self._alive = [trial for trial in self._alive if trial not in trials]

    def apply(self, step: int) -> None:
        """Make step number `step` of the epoch, given the gradients in the rows."""
        if self._clip_T1 is not None:
            self._rows.clip(self._clip_T1)
        self._counts_T += 1
        for trial in self._alive:
            self._updates[trial](self._rates[trial][step])
            if (average := self._averages[trial]) is not None:
                kept, weights, towards = average
                kept.lerp_(weights, towards)


def _sgd(hyper: Hyperparameters, count: _Runs, w: _Runs, g: _Runs, buffers: _Runs) -> Update:
    decay, momentum, kept = hyper.weight_decay, hyper.momentum, buffers if hyper.momentum else []
    return lambda lr: torch._fused_sgd_(
        w, g, kept, lr=lr, weight_decay=decay, momentum=momentum, dampening=0.0, nesterov=False,
        maximize=False, is_first_step=False,
    )  # fmt: skip


def _adam(hyper: Hyperparameters, count: _Runs, w: _Runs, g: _Runs, means: _Runs, squares: _Runs) -> Update:
    update = torch._fused_adamw_ if hyper.optimizer == "adamw" else torch._fused_adam_
    beta1, beta2, decay, counts = hyper.momentum, hyper.beta2, hyper.weight_decay, count * len(w)
    return lambda lr: update(
        w, g, means, squares, [], counts, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=_EPS,
        amsgrad=False, maximize=False,
    )  # fmt: skip


def _adagrad(hyper: Hyperparameters, count: _Runs, w: _Runs, g: _Runs, sums: _Runs) -> Update:
    decay, counts = hyper.weight_decay, count * len(w)
    return lambda lr: torch._fused_adagrad_(
        w, g, sums, counts, lr=lr, lr_decay=0.0, weight_decay=decay, eps=_ADAGRAD_EPS, maximize=False
    )


def _rmsprop(
    hyper: Hyperparameters, count: _Runs, w: _Runs, g: _Runs, buffers: _Runs, squares: _Runs
) -> Update:
    """torch has no fused one: its operations, in their order."""
    decay, momentum = hyper.weight_decay, hyper.momentum

    def update(lr: float) -> None:
        for weights, gradient, buffer, square in zip(w, g, buffers, squares, strict=True):
            by = gradient.add(weights, alpha=decay) if decay else gradient
            square.mul_(_ALPHA).addcmul_(by, by, value=1 - _ALPHA)
            scale = square.sqrt().add_(_EPS)
            if momentum:
                buffer.mul_(momentum).addcdiv_(by, scale)
                weights.add_(buffer, alpha=-lr)
            else:
                weights.addcdiv_(by, scale, value=-lr)

    return update


_MAKERS: Mapping[str, Callable[..., Update]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adam,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
}
"""By the hyperparameter `optimizer`; what is kept is given in the order of `KEPT`."""
