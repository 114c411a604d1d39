"""Epochs of a plain stack of linear layers in one launch: a Triton kernel with one program for each trial.

The weights of a trial stay on the chip from its first step to its last. For speed `fast`: numbers round as
the device likes, and dropout is drawn by Triton's Philox, from the seed, the update and the place.

Legend: T trials, N rows of the training split, K outputs.
"""

import linecache
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from tui_lab.engine.setup.prepare import Prepared
from tui_lab.engine.stacked.gpu_epoch import EpochOnGpu
from tui_lab.engine.stacked.kernel_source import ACTIVATIONS, NUMBERS, KernelLayer, kernel_source, padded
from tui_lab.engine.stacked.member import Member
from tui_lab.engine.stacked.settings import Settings
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.experiment.hyperparameters import Hyperparameters

_MOST_ON_CHIP = 16_384
"""Padded values of all weights, times what is kept for each: more do not fit into registers. An estimate."""


def why_no_kernel(prepared: Prepared, hyper: Hyperparameters) -> str:
    """Why a training that can be stacked cannot be made by the kernel; empty if it can."""
    layers = list(prepared.network.children())
    known = (nn.Linear, nn.Dropout)
    if any(not isinstance(layer, known) and type(layer).__name__ not in ACTIVATIONS for layer in layers):
        return "it has layers that the kernel does not know"
    if hyper.optimizer not in NUMBERS:
        return f"the kernel does not know {hyper.optimizer}"
    if ENGINE_TASKS[prepared.experiment.task].native_loss is None:
        return f"the kernel does not know the loss of {prepared.experiment.task}"
    if hyper.grad_clip or hyper.ema_decay or hyper.frozen_layers:
        return "the kernel neither clips nor averages nor freezes"
    linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
    values = sum(padded(layer.in_features) * padded(layer.out_features) for layer in linear)
    if values * (2 if hyper.optimizer == "sgd" else 3) > _MOST_ON_CHIP:
        return "its weights do not stay on the chip"
    return "" if find_spec("triton") else "Triton is not installed"


class KernelEpoch(EpochOnGpu):
    """Room for the epochs of trials for which `why_no_kernel` has nothing to say."""

    def __init__(self, members: Sequence[Member]) -> None:
        super().__init__(members, None)

    def _equip(self, members: Sequence[Member], settings: Settings) -> None:
        super()._equip(members, settings)
        first = members[0].training
        loss = ENGINE_TASKS[first.prepared.experiment.task].native_loss
        layers = _kernel_layers(settings.modules, self._rows.layout.begins)
        self._train = _compiled(kernel_source(layers, loss or "", first.hyper.optimizer, first.sizes[0]))
        hypers = [member.training.hyper for member in members]
        self._smoothing_T = self._floats([hyper.label_smoothing for hyper in hypers])
        self._dropped = self._floats([*settings.rates.values()] or [[0.0] * self._trials])
        self._seeds_T = torch.tensor(settings.seeds, dtype=torch.int64, device=self._device)

    def _floats(self, values: object) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=self._device)

    def _run(self, members: Sequence[Member]) -> tuple[Tensor, Sequence[Tensor]]:
        self._noise.begin([member.training.step for member in members])
        steps = len(self._ends) - 1
        self._update.begin(members, steps)
        rows = self._rows
        first, second = rows.kept_TL[0], rows.kept_TL[-1]
        self._train[(self._trials,)](
            rows.weights_TP, first, second, self._x, self._y_TN, self._update.numbers_SNT1,
            self._smoothing_T, self._dropped, self._seeds_T, self._noise.updates_T, self._losses_ST,
            self._outputs_TNK, self._ends[-1], steps, self._trials, rows.weights_TP.stride(0),
            self._x.stride(0), self._y_TN.stride(0),
        )  # fmt: skip
        return self._outputs_TNK.clone(), [member.random for member in members]


def _kernel_layers(modules: Sequence[nn.Module], begins: Sequence[int]) -> list[KernelLayer]:
    """What the source is written from. `begins`: of the weights in a row."""
    pairs, layers, dropouts = iter(pairwise(begins)), list[KernelLayer](), 0
    for module in modules:
        match module:
            case nn.Linear():
                weight, bias = next(pairs)
                next(pairs, None)
                layers.append(KernelLayer("linear", module.in_features, module.out_features, weight, bias))
            case nn.Dropout():
                layers.append(KernelLayer("dropout", number=dropouts))
                dropouts += 1
            case _:
                number = getattr(module, "negative_slope", 0.0)
                layers.append(KernelLayer("activation", name=type(module).__name__, number=number))
    return layers


@cache
def _compiled(source: str) -> Any:
    """The kernel. Triton reads the source of a function from the lines that Python keeps of its file."""
    import triton
    import triton.language

    file = f"<tui-lab kernel {hash(source):x}>"
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    names: dict[str, Any] = {"triton": triton, "tl": triton.language}
    exec(compile(source, file, "exec"), names)
    return names["train_epoch"]
