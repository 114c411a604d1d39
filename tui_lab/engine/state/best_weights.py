"""The weights of the best epoch, and how long ago that was."""

from collections.abc import Sequence
from math import inf
from typing import Any

import torch
from torch import nn


class Best:
    """Keeps a copy of parameters and buffers whenever the validation loss reaches a new low."""

    def __init__(self, network: nn.Module) -> None:
        named = [*network.named_parameters(), *network.named_buffers()]
        self._names = [name for name, _ in named]
        self._live = [tensor for _, tensor in named]
        self._kept = [tensor.detach().clone() for tensor in self._live]
        self.epoch = 0
        self.val_loss = inf

    def offer(self, epoch: int, val_loss: float) -> bool:
        """Keep the current weights if `val_loss` is the lowest so far; returns whether it was."""
        if not val_loss < self.val_loss:
            return False
        self.epoch, self.val_loss = epoch, val_loss
        copy_tensors(self._live, self._kept)
        return True

    def state_dict(self) -> dict[str, Any]:
        """Epoch, loss, weights and their names as plain data; the tensors are not copied."""
        return {
            "epoch": self.epoch,
            "val_loss": self.val_loss,
            "names": list(self._names),
            "weights": self._kept,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.epoch, self.val_loss = state["epoch"], state["val_loss"]
        copy_tensors(state["weights"], self._kept)

    def restore(self) -> None:
        copy_tensors(self._kept, self._live)


@torch.no_grad()
def copy_tensors(source: Sequence[torch.Tensor], target: Sequence[torch.Tensor]) -> None:
    """Overwrite each tensor of `target` with that of `source` in its place."""
    for a, b in zip(source, target, strict=True):
        b.copy_(a)
