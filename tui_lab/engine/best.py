"""The weights of the best epoch, and how long ago that was."""

from math import inf

import torch
from torch import nn


class Best:
    """Keeps a copy of parameters and buffers whenever the validation loss reaches a new low."""

    def __init__(self, network: nn.Module) -> None:
        self._live = [*network.parameters(), *network.buffers()]
        self._kept = [tensor.detach().clone() for tensor in self._live]
        self.epoch = 0
        self.val_loss = inf

    def offer(self, epoch: int, val_loss: float) -> bool:
        """Take the present weights if `val_loss` is the lowest so far; whether it was."""
        if not val_loss < self.val_loss:
            return False
        self.epoch, self.val_loss = epoch, val_loss
        _copy(self._live, self._kept)
        return True

    def restore(self) -> None:
        """Put the best weights into the network."""
        _copy(self._kept, self._live)


@torch.no_grad()
def _copy(source: list[torch.Tensor], target: list[torch.Tensor]) -> None:
    for a, b in zip(source, target, strict=True):
        b.copy_(a)
