"""Updates of a plain stack of layers in C, many in a call; numbers round differently than torch's."""

from typing import Any

import torch
from torch import Tensor, nn

from tui_lab.data.batches import EpochBatches
from tui_lab.data.dataset import Part
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.native.stack import (
    KINDS,
    LOSSES,
    OPTIMIZERS,
    NativeStack,
    Parameter,
    Settings,
    laid_out,
)
from tui_lab.engine.setup.layer_stack import layer_stack, pooled_first
from tui_lab.engine.setup.threads import multiply_adds
from tui_lab.engine.state.optimizers import KEPT
from tui_lab.engine.state.step_losses import CheckedLosses
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.by_hand import ByHandStepper
from tui_lab.engine.steppers.fused_update import counted_together
from tui_lab.engine.tasks.registry import ENGINE_TASKS

_CALL = 50_000_000
"""Multiply-adds in a call: 20 ms or less, so that commands do not wait longer."""


class NativeStepper(ByHandStepper):
    """Makes the updates of a training for which `why_not` has nothing to say."""

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        assert isinstance(training.losses, CheckedLosses), "they are, on the CPU"
        self._checked = training.losses
        self._groups = training.optimizer.param_groups
        self._group_of = {weight: k for k, group in enumerate(self._groups) for weight in group["params"]}
        self._states: list[dict[str, Any]] = []
        prepared = training.prepared
        modules = pooled_first(layer_stack(prepared, KINDS) or [])
        layers = laid_out(modules, prepared.dataset.train.x.shape[1:])
        for layer, module in zip(layers, modules, strict=True):
            if isinstance(module, nn.Linear | nn.Conv2d):
                layer.weight, layer.bias = self._parameter(module.weight), self._parameter(module.bias)
        self._stack = NativeStack(self._settings(), layers)
        self._updates = counted_together(self._states) if self._states else None
        training.optimizer._opt_called = True  # type: ignore[attr-defined]  # schedules warn otherwise
        self._rows = _CALL // (3 * multiply_adds(prepared.layers))

    def advance(self, batches: EpochBatches, most: int) -> bool:
        training = self._training
        most = 1 if self._rate.changes_each_step else min(most, self._rows // training.sizes[0] + 1)
        sizes = training.sizes[training.position : training.position + most]
        if batches.together:
            x, y = batches.take_together(len(sizes))
        else:
            sizes, (x, y) = sizes[:1], batches.take()
        if self._see is not None:
            x = torch.cat([self._see(batch) for batch in torch.split(x, list(sizes))])
        rates = [group["lr"] for group in self._groups] * len(sizes)
        losses, outputs = self._stack.train(x, y, sizes, rates, training.step)
        finite = self._checked.extend(losses)
        made = len(losses) if finite else len(losses) - 1
        if not finite:
            rows = sum(sizes[:made])
            outputs, y = outputs[:rows], y[:rows]
        self._outputs.add(outputs, y)
        if self._updates is not None:
            self._updates.add_(made)
        self._made(made)
        return finite

    def outputs_of(self, part: Part) -> Tensor:
        """By hand where this has the bits of `forward`, which images pass in another layout."""
        if self._network is self._training.network:
            return super().outputs_of(part)
        return outputs_of_split(self._training.network, part, self._network)

    def _settings(self) -> Settings:
        hyper = self._training.hyper
        loss = ENGINE_TASKS[self._training.prepared.experiment.task].native_loss
        return Settings(
            loss=LOSSES.index(loss or ""),
            optimizer=OPTIMIZERS.index(hyper.optimizer),
            rates=len(self._groups),
            label_smoothing=hyper.label_smoothing,
            momentum=hyper.momentum,
            beta2=hyper.beta2,
            weight_decay=hyper.weight_decay,
            grad_clip=hyper.grad_clip,
            ema_decay=hyper.ema_decay,
            seed=hyper.seed,
        )

    def _parameter(self, weight: Tensor | None) -> Parameter:
        """Where a weight is, and what the optimizer keeps for it, which starts at 0 as in torch."""
        hyper = self._training.hyper
        assert weight is not None, "a layer list has a bias in every layer"
        made = Parameter(values=weight.data_ptr(), rate=self._group_of[weight], learns=weight.requires_grad)
        if self._average is not None:
            made.average = self._average.of(weight).data_ptr()
        if not weight.requires_grad:
            return made
        state, (first, second) = self._optimizer.state[weight], KEPT[hyper.optimizer]
        if hyper.optimizer != "sgd":
            state.setdefault("step", torch.zeros(()))
            made.updates = state["step"].item()
            self._states.append(state)
        if first == "momentum_buffer" and not hyper.momentum:
            first = ""
        for place, name in (("first", first), ("second", second)):
            if name:
                state.setdefault(name, torch.zeros_like(weight))
                setattr(made, place, state[name].data_ptr())
        return made
