"""The layers of many networks of one shape as one, with their backward pass by hand.

Legend: T trials, B rows, I inputs and O outputs of a layer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tui_lab.engine.steppers.layers_by_hand import DERIVATIVES, Elementwise, LayerByHand, LearningLayer

_FEW = 400
"""Multiply-adds of a product below which torch's `bmm` does not ask the library that `mm` asks
(aten/src/ATen/native/LinearAlgebra.cpp, bmm_out_or_baddbmm_)."""

_VECTORS = 64
"""Values that are whole vectors, two at a time, for any processor."""
_EXACT = (nn.ReLU, nn.LeakyReLU)
"""Activations that do not round, or round the same either way."""


class Linear:
    """Weights `(T, O, I)`, biases `(T, O)`; their gradients are written into tensors of these shapes.

    On the CPU the products have the bits that torch gives to those of one network alone, as far as is known.
    Products of few numbers it computes in another way if there are many of them, and so they are made one by
    one, from copies: rounding may depend on where in memory a factor begins.
    """

    def __init__(
        self, weight_TOI: Tensor, bias_TO: Tensor, by_weight: Tensor, by_bias: Tensor, *, learns: bool
    ) -> None:
        self._weight, self._bias = weight_TOI, bias_TO
        self._bias_T1O, self._weight_TIO = bias_TO.unsqueeze(1), weight_TOI.transpose(1, 2)
        self._by_weight, self._by_bias = by_weight, by_bias
        self.learns = learns
        self._on_cpu, self._numbers = weight_TOI.device.type == "cpu", weight_TOI[0].numel()

    def _few(self, x: Tensor) -> bool:
        return self._on_cpu and x.shape[1] * self._numbers < _FEW

    def forward(self, x: Tensor) -> Tensor:
        self._x = x
        if self._few(x):
            each = zip(x, self._weight, self._bias, strict=True)
            return torch.stack([F.linear(one.clone(), weight, bias) for one, weight, bias in each])
        if self._weight.shape[1] == 1:  # a product with a vector
            return torch.baddbmm(self._bias_T1O, self._weight, x.transpose(1, 2)).transpose(1, 2)
        return torch.baddbmm(self._bias_T1O, x, self._weight_TIO)

    def learn(self, gradient: Tensor) -> None:
        """Set the gradients of the weights, given that of the output `(T, B, O)`."""
        self._by_weight.copy_(self._product(gradient.transpose(1, 2), self._x))
        torch.sum(gradient, 1, out=self._by_bias)

    def backward(self, gradient: Tensor) -> Tensor:
        if self.learns:
            self.learn(gradient)
        return self._product(gradient, self._weight)

    def _product(self, one: Tensor, other: Tensor) -> Tensor:
        if self._few(self._x):
            return torch.stack([a.clone().mm(b.clone()) for a, b in zip(one, other, strict=True)])
        return torch.bmm(one, other)


class EachElementwise:
    """An activation on the CPU, one trial after the other, unless the values of each fill whole vectors.

    torch computes those that do not fill one by another function, which rounds differently.
    """

    learns = False

    def __init__(self, layer: nn.Module) -> None:
        self._layer = layer

    def forward(self, x: Tensor) -> Tensor:
        count = len(x) if x[0].numel() % _VECTORS else 1
        self._each = [Elementwise(self._layer) for _ in range(count)]
        return _joined([layer.forward(one) for layer, one in zip(self._each, x.chunk(count), strict=True)])

    def backward(self, gradient: Tensor) -> Tensor:
        each = zip(self._each, gradient.chunk(len(self._each)), strict=True)
        return _joined([layer.backward(one) for layer, one in each])


def _joined(pieces: Sequence[Tensor]) -> Tensor:
    return pieces[0] if len(pieces) == 1 else torch.cat(list(pieces))


class Noise(Protocol):
    """Where the numbers of dropout come from."""

    def factors(self, layer: int, like: Tensor) -> Tensor | None:
        """By what layer number `layer` multiplies values `(T, B, H)` in this update; None if nowhere."""
        ...


class Dropout:
    """Drops in each trial what it would drop alone."""

    learns = False

    def __init__(self, number: int, noise: Noise) -> None:
        self._number, self._noise = number, noise

    def forward(self, x: Tensor) -> Tensor:
        self._factors = self._noise.factors(self._number, x)
        return x if self._factors is None else x * self._factors

    def backward(self, gradient: Tensor) -> Tensor:
        return gradient if self._factors is None else gradient * self._factors


class Flatten:
    """Images `(T, B, C, H, W)` as rows `(T, B, C * H * W)`. They come first, so nothing is handed back."""

    learns = False

    def forward(self, x: Tensor) -> Tensor:
        self._shape = x.shape
        return x.flatten(2)

    def backward(self, gradient: Tensor) -> Tensor:
        return gradient.view(self._shape)


KINDS: Mapping[type[nn.Module], Callable[[Any], LayerByHand] | None] = {
    nn.Linear: None,
    nn.Dropout: None,
    nn.Flatten: None,
    **dict.fromkeys(DERIVATIVES, Elementwise),
}
"""The layers that can be stacked. An activation is the same for one trial and for many."""


class StackedNetwork:
    """Many networks of one shape."""

    def __init__(
        self,
        modules: Iterable[nn.Module],
        weights: Sequence[Tensor],
        gradients: Sequence[Tensor],
        learns: Sequence[bool],
        noise: Noise,
    ) -> None:
        """`weights`, `gradients`: `(T, ...)` for each weight; `learns`: whether it is trained."""
        whole = iter(zip(weights, gradients, learns, strict=True))
        self._layers: list[LayerByHand] = []
        for number, module in enumerate(modules):
            match module:
                case nn.Linear():
                    (weight, by_weight, trained), (bias, by_bias, _) = next(whole), next(whole)
                    self._layers.append(Linear(weight, bias, by_weight, by_bias, learns=trained))
                case nn.Dropout():
                    self._layers.append(Dropout(number, noise))
                case nn.Flatten():
                    self._layers.append(Flatten())
                case _:
                    rounds = weights[0].device.type == "cpu" and not isinstance(module, _EXACT)
                    self._layers.append(EachElementwise(module) if rounds else Elementwise(module))
        first = next(k for k, layer in enumerate(self._layers) if layer.learns)
        self._later, self._first = self._layers[:first:-1], cast(LearningLayer, self._layers[first])
        self._evaluated = [layer for layer in self._layers if not isinstance(layer, Dropout)]

    def forward(self, x: Tensor) -> Tensor:
        """The outputs `(T, B, K)` of inputs `(T, B, ...)` in training."""
        for layer in self._layers:
            x = layer.forward(x)
        return x

    def backward(self, gradient_TBK: Tensor) -> None:
        """Set the gradients of the weights, given those by the outputs of the last `forward`."""
        gradient = gradient_TBK
        for layer in self._later:
            gradient = layer.backward(gradient)
        self._first.learn(gradient)

    def evaluate(self, x: Tensor) -> Tensor:
        """The outputs `(T, B, K)` without dropout."""
        for layer in self._evaluated:
            x = layer.forward(x)
        return x
