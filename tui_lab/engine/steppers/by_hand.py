"""Updates of a plain stack of layers on the CPU, with a backward pass of our own.

For a small network most of a step is autograd's bookkeeping. Here each layer calls the functions that
autograd would call for it, so that the gradients are the same, bit for bit.

Legend: B rows, K outputs of the network.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn

from tui_lab.data.dataset import Part
from tui_lab.engine.evaluation.outputs import outputs_in_chunks
from tui_lab.engine.setup.layer_stack import layer_stack
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.engine.steppers.fused_update import FusedUpdate
from tui_lab.engine.steppers.images_by_hand import Convolution, MaxPool, PooledElu, pools_elu
from tui_lab.engine.steppers.layers_by_hand import (
    DERIVATIVES,
    Dropout,
    Elementwise,
    Flatten,
    LayerByHand,
    LearningLayer,
    Linear,
)
from tui_lab.engine.tasks.registry import ENGINE_TASKS


class ByHandStepper(EagerStepper):
    """Makes the updates of `EagerStepper` for a network that `fits`."""

    watchable = False

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        task = ENGINE_TASKS[training.prepared.experiment.task]
        self._loss_and_gradient = task.loss_and_gradient(training.hyper.label_smoothing)
        self._layers = _by_hand(layer_stack(training.prepared, _LAYERS) or [])
        first = next(k for k, layer in enumerate(self._layers) if layer.learns)
        self._learning = self._layers[:first:-1]
        self._first = cast(LearningLayer, self._layers[first])
        self._gradient_BK = torch.empty(0)
        self._fused = FusedUpdate(training.optimizer)
        self._without_dropout = [layer for layer in self._layers if not isinstance(layer, Dropout)]
        self._untracked = torch.inference_mode()

    def step(self, x: Tensor, y: Tensor) -> bool:
        with self._untracked:
            return super().step(x, y)

    def _forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        x = _through(self._layers, x)
        loss, self._gradient_BK = self._loss_and_gradient(x, y)
        return x, loss

    def _backward(self, loss: Tensor) -> None:
        gradient = self._gradient_BK
        for layer in self._learning:
            gradient = layer.backward(gradient)
        self._first.learn(gradient)

    def _update(self) -> None:
        self._fused.make()

    def outputs_of(self, part: Part) -> Tensor:
        with self._untracked:
            return outputs_in_chunks(part, partial(_through, self._without_dropout))


def fits(training: Training) -> bool:
    """Whether a training's network is made from a list of layers that are all known here, on the CPU."""
    return training.prepared.device.type == "cpu" and layer_stack(training.prepared, _LAYERS) is not None


def _by_hand(layers: Sequence[nn.Module]) -> list[LayerByHand]:
    """What takes the place of each layer, or of two."""
    found: list[LayerByHand] = []
    for k, layer in enumerate(layers):
        if k and pools_elu(layers[k - 1], layer):
            found[-1] = PooledElu(layers[k - 1], layer)
        else:
            found.append(_LAYERS[type(layer)](layer))
    return found


def _through(layers: Iterable[LayerByHand], x: Tensor) -> Tensor:
    """The output of the last layer."""
    for layer in layers:
        x = layer.forward(x)
    return x


_LAYERS: Mapping[type[nn.Module], Callable[[Any], LayerByHand]] = {
    nn.Linear: Linear,
    nn.Dropout: Dropout,
    nn.Flatten: Flatten,
    nn.Conv2d: Convolution,
    nn.MaxPool2d: MaxPool,
    **dict.fromkeys(DERIVATIVES, Elementwise),
}
