"""Updates of a plain stack of linear layers on the CPU, with a backward pass of our own.

For a small network most of a step is autograd's bookkeeping. Here each layer calls the functions that
autograd would call for it, so that the gradients are the same, bit for bit.

Legend: B rows, D inputs of a layer, H its outputs, K outputs of the network.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tui_lab.engine.setup.layer_stack import layer_stack
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.engine.steppers.fused_update import FusedUpdate
from tui_lab.engine.tasks.registry import ENGINE_TASKS

_aten = torch.ops.aten
Derivative = Callable[[Any, Tensor, Tensor, Tensor], Tensor]
"""`(layer, gradient by its output, its input, its output)` to the gradient by its input."""
DERIVATIVES: Mapping[type[nn.Module], Derivative] = {
    nn.ReLU: lambda _, grad, x, y: _aten.threshold_backward.default(grad, y, 0),
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


class ByHandStepper(EagerStepper):
    """Makes the updates of `EagerStepper` for a network that `fits`."""

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        task = ENGINE_TASKS[training.prepared.experiment.task]
        self._loss_and_gradient = task.loss_and_gradient(training.hyper.label_smoothing)
        self._stack = _LinearStack(training.network)
        self._gradient_BK = torch.empty(0)
        self._fused = FusedUpdate(training.optimizer)

    @torch.no_grad()
    def _forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        outputs_BK = self._stack.forward(x)
        loss, self._gradient_BK = self._loss_and_gradient(outputs_BK, y)
        return outputs_BK, loss

    @torch.no_grad()
    def _backward(self, loss: Tensor) -> None:
        self._stack.backward(self._gradient_BK)

    @torch.no_grad()
    def _update(self) -> None:
        self._fused.make()


def fits(training: Training) -> bool:
    """Whether a training's network is made from a list of layers that are all known here, on the CPU."""
    return training.prepared.device.type == "cpu" and layer_stack(training.prepared, _KNOWN) is not None


class _LinearStack:
    """The layers of a network; its gradients go into the `grad` of its weights, where they stay."""

    def __init__(self, network: nn.Module) -> None:
        self._layers = [layer for layer in network.children() if not isinstance(layer, nn.Flatten)]
        for weight in network.parameters():
            weight.grad = torch.empty_like(weight) if weight.requires_grad else None
        self._first = next(
            k for k, layer in enumerate(self._layers) if any(w.requires_grad for w in layer.parameters())
        )
        self._passed: list[tuple[Tensor, Tensor]] = []

    def forward(self, x: Tensor) -> Tensor:
        """The outputs `(B, K)` of inputs `(B, ...)`, in training."""
        x, self._passed = x.flatten(1), (passed := [])
        for layer in self._layers:
            before = x
            if type(layer) is nn.Linear:
                x = F.linear(x, layer.weight, layer.bias)
            elif type(layer) is nn.Dropout:
                if layer.p:
                    before = torch.empty_like(x).bernoulli_(1 - layer.p).div_(1 - layer.p)
                    x = x * before
            else:
                x = layer.forward(x)
            passed.append((before, x))
        return x

    def backward(self, gradient: Tensor) -> None:
        """Set the gradients of the weights, given that of the outputs `(B, K)`."""
        for k in range(len(self._layers) - 1, self._first - 1, -1):
            layer, (x, y) = self._layers[k], self._passed[k]
            if type(layer) is nn.Linear:
                if layer.weight.grad is not None:
                    torch.mm(gradient.t(), x, out=layer.weight.grad)
                if layer.bias.grad is not None:
                    torch.sum(gradient, 0, out=layer.bias.grad)
                if k > self._first:
                    gradient = gradient.mm(layer.weight)
            elif type(layer) is nn.Dropout:
                gradient = gradient * x if layer.p else gradient
            else:
                gradient = DERIVATIVES[type(layer)](layer, gradient, x, y)
