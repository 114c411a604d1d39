"""The dropout of the compiled code, written again with numpy: what is dropped depends on numbers alone."""

import numpy as np
import torch
from torch import Tensor, nn


def mix(x: np.ndarray) -> np.ndarray:
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def kept(seed: int, update: int, layer: int, shape: tuple[int, int], drop: float) -> Tensor:
    """True for the elements of `shape (B, H)` that update number `update` (from 0) keeps in that layer."""
    with np.errstate(over="ignore"):
        low, high = (
            mix(mix(np.array([seed >> shift & 0xFFFFFFFF], np.uint32)) ^ np.uint32(update >> shift))
            for shift in (0, 32)
        )
        one = mix(low ^ np.uint32(layer))
        drawn = mix(mix(np.arange(shape[0] * shape[1], dtype=np.uint32) ^ one) + mix(high ^ one))
    return torch.from_numpy(drawn.reshape(shape) >= np.uint32(drop * 2**32))


class CountingDropout(nn.Dropout):
    """Dropout with these masks; every pass in training is an update."""

    def __init__(self, p: float, seed: int, layer: int) -> None:
        super().__init__(p)
        self._seed, self._layer, self._update = seed, layer, 0

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        self._update += 1
        return x * kept(self._seed, self._update - 1, self._layer, tuple(x.shape), self.p) / (1 - self.p)
