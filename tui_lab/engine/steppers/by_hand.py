"""Updates of a plain stack of linear layers on the CPU, with a backward pass of our own.

For a small network most of a step is autograd's bookkeeping. Here each layer calls the functions that
autograd would call for it, so that the gradients are the same, bit for bit.

Legend: B rows, D inputs of a layer, H its outputs, K outputs of the network.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tui_lab.data.dataset import Part
from tui_lab.engine.evaluation.outputs import outputs_in_chunks
from tui_lab.engine.setup.layer_stack import linear_stack
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.engine.steppers.fused_update import FusedUpdate
from tui_lab.engine.tasks.registry import ENGINE_TASKS

_aten = torch.ops.aten
Derivative = Callable[[Any, Tensor, Tensor, Tensor], Tensor]
"""`(layer, gradient by its output, its input, its output)` to the gradient by its input."""
_threshold_backward = _aten.threshold_backward.default
DERIVATIVES: Mapping[type[nn.Module], Derivative] = {
    nn.ReLU: lambda _, grad, x, y: _threshold_backward(grad, y, 0),
    nn.LeakyReLU: lambda layer, grad, x, y: _aten.leaky_relu_backward.default(
        grad, x, layer.negative_slope, False
    ),
    nn.ELU: lambda layer, grad, x, y: _aten.elu_backward.default(grad, layer.alpha, 1, 1, False, x),
    nn.Sigmoid: lambda _, grad, x, y: _aten.sigmoid_backward.default(grad, y),
    nn.Tanh: lambda _, grad, x, y: _aten.tanh_backward.default(grad, y),
    nn.GELU: lambda layer, grad, x, y: _aten.gelu_backward.default(grad, x, approximate=layer.approximate),
    nn.SiLU: lambda _, grad, x, y: _aten.silu_backward.default(grad, x),
}
"""The layers without weights that this knows, dropout apart."""
_KNOWN = (nn.Linear, nn.Dropout, *DERIVATIVES)
_FUNCTIONS: Mapping[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.ReLU: torch.relu,
    nn.Sigmoid: torch.sigmoid,
    nn.Tanh: torch.tanh,
}
"""What some of them call in the end; for a small network the way there takes as long as the function."""


class ByHandStepper(EagerStepper):
    """Makes the updates of `EagerStepper` for a network that `fits`."""

    watchable = False

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        task = ENGINE_TASKS[training.prepared.experiment.task]
        self._loss_and_gradient = task.loss_and_gradient(training.hyper.label_smoothing)
        layers = linear_stack(training.prepared, _KNOWN) or []
        self._layers = [_LAYERS.get(type(layer), _Fixed)(layer) for layer in layers]
        first = next(k for k, layer in enumerate(self._layers) if layer.learns)
        self._learning = self._layers[:first:-1]
        self._first = self._layers[first]
        self._gradient_BK = torch.empty(0)
        self._fused = FusedUpdate(training.optimizer)
        self._without_dropout = [layer for layer in self._layers if not isinstance(layer, _Dropout)]
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
    return training.prepared.device.type == "cpu" and linear_stack(training.prepared, _KNOWN) is not None


def _through(layers: Sequence[Any], x: Tensor) -> Tensor:
    """The output of the last layer."""
    if x.dim() > 2:
        x = x.flatten(1)
    for layer in layers:
        x = layer.forward(x)
    return x


class _Fixed:
    """A layer without weights. It remembers what it was given and what it gave."""

    learns = False

    def __init__(self, layer: nn.Module) -> None:
        kind = type(layer)
        self._layer, self._derivative = layer, DERIVATIVES[kind]
        self._forward: Callable[[Tensor], Tensor] = _FUNCTIONS.get(kind, layer.forward)

    def forward(self, x: Tensor) -> Tensor:
        self._x, self._y = x, self._forward(x)
        return self._y

    def backward(self, gradient: Tensor) -> Tensor:
        """From the gradient by its output to that by its input."""
        return self._derivative(self._layer, gradient, self._x, self._y)


class _Dropout:
    learns = False

    def __init__(self, layer: nn.Dropout) -> None:
        self._keep = 1 - layer.p

    def forward(self, x: Tensor) -> Tensor:
        if self._keep == 1:
            return x
        self._factors = torch.empty_like(x).bernoulli_(self._keep).div_(self._keep)
        return x * self._factors

    def backward(self, gradient: Tensor) -> Tensor:
        return gradient if self._keep == 1 else gradient * self._factors


class _Linear:
    """Its gradients go into the `grad` of its weights, where they stay."""

    def __init__(self, layer: nn.Linear) -> None:
        self._weight, self._bias = layer.weight, layer.bias
        for weight in (layer.weight, layer.bias):
            weight.grad = torch.empty_like(weight) if weight.requires_grad else None
        self._by_weight, self._by_bias = layer.weight.grad, layer.bias.grad
        self.learns = layer.weight.requires_grad or layer.bias.requires_grad

    def forward(self, x: Tensor) -> Tensor:
        self._x = x
        return F.linear(x, self._weight, self._bias)

    def learn(self, gradient: Tensor) -> None:
        """Set the gradients of the weights, given that of the outputs."""
        if self._by_weight is not None:
            torch.mm(gradient.t(), self._x, out=self._by_weight)
        if self._by_bias is not None:
            torch.sum(gradient, 0, out=self._by_bias)

    def backward(self, gradient: Tensor) -> Tensor:
        """The same, and the gradient by its inputs."""
        self.learn(gradient)
        return gradient.mm(self._weight)


_LAYERS: Mapping[type[nn.Module], Callable[[Any], Any]] = {nn.Linear: _Linear, nn.Dropout: _Dropout}
