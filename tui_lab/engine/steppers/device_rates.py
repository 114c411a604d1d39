"""Learning rates as tensors on a GPU, where a recorded update can read them.

torch's fused optimizers round such a rate to float32. So that an update has the same bits whether it is
recorded or not, every fused update on a GPU reads its rates from here.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import optim


class DeviceRates:
    """The rates of an optimizer's groups, which stay numbers for the schedules."""

    def __init__(self, optimizer: optim.Optimizer, device: torch.device) -> None:
        self._groups = optimizer.param_groups
        self._numbers = [group["lr"] for group in self._groups]
        self._tensors = [torch.tensor(rate, dtype=torch.float32, device=device) for rate in self._numbers]

    def refresh(self) -> None:
        """Take over what a schedule or an edit has changed; not part of a recording."""
        for k, group in enumerate(self._groups):
            if group["lr"] != self._numbers[k]:
                self._numbers[k] = group["lr"]
                self._tensors[k].fill_(group["lr"])

    @contextmanager
    def in_groups(self) -> Iterator[None]:
        """Inside, the groups hold the tensors."""
        for group, tensor in zip(self._groups, self._tensors, strict=True):
            group["lr"] = tensor
        try:
            yield
        finally:
            for group, number in zip(self._groups, self._numbers, strict=True):
                group["lr"] = number
