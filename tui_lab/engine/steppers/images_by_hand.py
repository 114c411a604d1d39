"""Convolutions and max-pools of the backward pass by hand, with the bits of torch's.

Most of a small convolutional network's step is not convolution: torch's max-pool takes ten times as long
with the channels first as with the channels last, and of the values of an ELU only the largest of each window
is needed behind a max-pool. A maximum is not rounded, so neither shortcut changes a bit.

Legend: B images, C channels, H height, W width, N windows of all images, M windows of one, P pixels of a
window, S windows whose largest value is not positive.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tui_lab.engine.steppers.layers_by_hand import gradients

_aten = torch.ops.aten
_VECTOR = 32
"""A number of values that torch takes by the same vector instructions wherever they are in a tensor.

With others it computes the last few one by one, which may round differently: two of the widest vectors.
"""


class Convolution:
    """A convolution of images padded with zeros."""

    def __init__(self, layer: Any) -> None:
        self._weight, self._bias = layer.weight, layer.bias
        self._by_weight, self._by_bias = gradients(layer)
        self.learns = self._by_weight is not None or self._by_bias is not None
        self._window, self._groups = (layer.stride, layer.padding, layer.dilation), layer.groups

    def forward(self, x: Tensor) -> Tensor:
        self._x = x
        return F.conv2d(x, self._weight, self._bias, *self._window, self._groups)

    def learn(self, gradient: Tensor) -> None:
        self._derived(gradient, by_input=False)

    def backward(self, gradient: Tensor) -> Tensor:
        return self._derived(gradient, by_input=True)

    def _derived(self, gradient: Tensor, *, by_input: bool) -> Tensor:
        learned = self._by_weight, self._by_bias
        wanted = [by_input, *(tensor is not None for tensor in learned)]
        sizes = None if self._bias is None else list(self._bias.shape)
        gradient_by_input, *found = _aten.convolution_backward.default(
            gradient, self._x, self._weight, sizes, *self._window, False, [0, 0], self._groups, wanted
        )
        for tensor, new in zip(learned, found, strict=True):
            if tensor is not None:
                tensor.copy_(new)
        return gradient_by_input  # type: ignore[no-any-return]


class MaxPool:
    """A max-pool of windows side by side, computed with the channels last."""

    learns = False

    def __init__(self, layer: Any) -> None:
        self._side: int = layer.kernel_size

    def forward(self, x: Tensor) -> Tensor:
        self._x = x
        largest, self._at = self._largest(_channels_last(x))
        return largest.contiguous()

    def backward(self, gradient: Tensor) -> Tensor:
        sides = [self._side] * 2
        return _aten.max_pool2d_with_indices_backward.default(  # type: ignore[no-any-return]
            gradient, self._x, sides, sides, [0, 0], [1, 1], False, self._at.contiguous()
        )

    def _largest(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The largest value of each window `(B, C, H', W')`, and its place in the image as y * W + x."""
        sides = [self._side] * 2
        return _aten.max_pool2d_with_indices.default(x, sides, sides)  # type: ignore[no-any-return]


class PooledElu(MaxPool):
    """An ELU and the max-pool behind it: see `pools_elu`.

    Where the largest value of a window is positive, it is its own ELU, and the largest. In the other windows
    all ELUs are computed, since those of different values may be equal, and then the first of them counts.
    """

    def __init__(self, elu: Any, pool: Any) -> None:
        super().__init__(pool)
        self._elu = elu
        self._corners: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        B, C, H, W = x.shape
        windows = B * C * (H // self._side) * (W // self._side)
        self._pooled_first = x.numel() % _VECTOR == windows % _VECTOR == 0
        if not self._pooled_first:
            self._before = x
            return super().forward(self._elu(x))
        self._x, last = x, _channels_last(x)
        before, self._at = self._largest(last)
        outputs = before.clone()
        places = _places(before), _places(self._at), _places(outputs)
        if len(below := (places[0] <= 0).nonzero().squeeze(1)):
            self._choose(_places(last), below, *places)
        self._before = before.contiguous()
        return outputs.contiguous()

    def _choose(
        self, values: Tensor, below_S: Tensor, before_N: Tensor, at_N: Tensor, outputs_N: Tensor
    ) -> None:
        """Compute all ELUs of the windows `below_S`, and set what each of these windows gives."""
        C, H, W = self._x.shape[1:]
        if self._corners is None:
            self._corners = _corners_and_steps(C, H, W, self._side)
        corners_M, steps_P1 = self._corners
        below_S = F.pad(below_S, (0, -len(below_S) % _VECTOR))  # by window 0, for which all of this holds
        image_S, window_S = below_S // len(corners_M), below_S % len(corners_M)
        pixels_PS = image_S * (C * H * W) + corners_M[window_S] + steps_P1
        values_PS = values.take(pixels_PS)
        highest_S, chosen_S = self._elu(values_PS).max(0)  # the first one of equals
        chosen_1S = chosen_S.unsqueeze(0)
        outputs_N.index_copy_(0, below_S, highest_S)
        before_N.index_copy_(0, below_S, values_PS.gather(0, chosen_1S).squeeze(0))
        at_N.index_copy_(0, below_S, pixels_PS.gather(0, chosen_1S).squeeze(0) // C % (H * W))

    def backward(self, gradient: Tensor) -> Tensor:
        if self._pooled_first:
            return super().backward(self._derived(gradient))
        return self._derived(super().backward(gradient))

    def _derived(self, gradient: Tensor) -> Tensor:
        return _aten.elu_backward.default(gradient, 1, 1, 1, False, self._before)  # type: ignore[no-any-return]


def pools_elu(elu: nn.Module, pool: nn.Module) -> bool:
    """Whether `PooledElu` can take the place of two layers: torch must use one thread.

    With several, each computes the last few values of its share one by one.
    """
    return type(elu) is nn.ELU and type(pool) is nn.MaxPool2d and torch.get_num_threads() == 1


def _channels_last(images: Tensor) -> Tensor:
    return images.contiguous(memory_format=torch.channels_last)


def _places(images: Tensor) -> Tensor:
    """The values of images in their order in memory, channels last: a view."""
    return images.permute(0, 2, 3, 1).view(-1)


def _corners_and_steps(C: int, H: int, W: int, side: int) -> tuple[Tensor, Tensor]:
    """Of an image in memory, channels last: where each window begins, and how far its pixels are `(P, 1)`."""
    places = torch.arange(H * W * C).view(H, W, C)
    corners = places[: H - side + 1 : side, : W - side + 1 : side]
    return corners.reshape(-1), places[:side, :side, 0].reshape(-1, 1)
