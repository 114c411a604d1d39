"""The layers of the backward pass by hand: each calls the functions of torch that autograd would call."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

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
_FUNCTIONS: Mapping[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.ReLU: torch.relu,
    nn.Sigmoid: torch.sigmoid,
    nn.Tanh: torch.tanh,
}
"""What some of them call in the end; for a small network the way there takes as long as the function."""


class LayerByHand(Protocol):
    """What a layer does in an update. Between its two passes it remembers what it needs."""

    learns: bool
    """Whether it has weights that are trained."""

    def forward(self, x: Tensor) -> Tensor:
        """Its output `(B, ...)`."""

    def backward(self, gradient: Tensor) -> Tensor:
        """From the gradient by its output to that by its input; the gradients of its weights are set."""


class LearningLayer(LayerByHand, Protocol):
    """One with weights. Their gradients go into the `grad` of the weights, which stays the same tensor."""

    def learn(self, gradient: Tensor) -> None:
        """Set the gradients of the weights, given that of the output."""


class Elementwise:
    """An activation. It remembers what it was given and what it gave."""

    learns = False

    def __init__(self, layer: nn.Module) -> None:
        kind = type(layer)
        self._layer, self._derivative = layer, DERIVATIVES[kind]
        self._forward: Callable[[Tensor], Tensor] = _FUNCTIONS.get(kind, layer.forward)

    def forward(self, x: Tensor) -> Tensor:
        self._x, self._y = x, self._forward(x)
        return self._y

    def backward(self, gradient: Tensor) -> Tensor:
        return self._derivative(self._layer, gradient, self._x, self._y)


class Dropout:
    """Draws the random numbers that torch's layer would draw."""

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


class Linear:
    """Its gradients are written into the tensors that are there."""

    def __init__(self, layer: nn.Linear) -> None:
        self._weight, self._bias = layer.weight, layer.bias
        self._by_weight, self._by_bias = gradients(layer)
        self.learns = self._by_weight is not None or self._by_bias is not None

    def forward(self, x: Tensor) -> Tensor:
        self._x = x
        return F.linear(x, self._weight, self._bias)

    def learn(self, gradient: Tensor) -> None:
        if self._by_weight is not None:
            torch.mm(gradient.t(), self._x, out=self._by_weight)
        if self._by_bias is not None:
            torch.sum(gradient, 0, out=self._by_bias)

    def backward(self, gradient: Tensor) -> Tensor:
        self.learn(gradient)
        return gradient.mm(self._weight)


class Flatten:
    """Images `(B, C, H, W)` as rows `(B, C * H * W)`."""

    learns = False

    def __init__(self, layer: nn.Module) -> None:
        pass

    def forward(self, x: Tensor) -> Tensor:
        self._shape = x.shape
        return x.flatten(1)

    def backward(self, gradient: Tensor) -> Tensor:
        return gradient.view(self._shape)


def gradients(layer: nn.Linear | nn.Conv2d) -> tuple[Tensor | None, Tensor | None]:
    """New gradients of weight and bias, which are set in every update; None of one that is not trained."""
    for weight in (layer.weight, layer.bias):
        if weight is not None:
            weight.grad = torch.empty_like(weight) if weight.requires_grad else None
    return layer.weight.grad, None if layer.bias is None else layer.bias.grad
