"""The step losses of an epoch, and the check that none is NaN or infinite.

An update with a non-finite loss would ruin the weights, so it must not happen. On the CPU, reading a loss
costs under a microsecond, and every one is checked before its update. On a GPU, reading one waits for all
pending work; there the losses stay on the device, a latch set by the first non-finite one makes torch's fused
optimizers skip every later update, and the latch is read together with the losses now and then.
"""

from math import isfinite

import torch
from torch import Tensor, optim


class CheckedLosses:
    """Losses read immediately: `accept` is False for one that is not finite."""

    def __init__(self) -> None:
        self._values: list[float] = []

    def begin_epoch(self, _steps: int) -> None:
        self._values = []

    def resume_epoch(self, losses: list[float]) -> None:
        """Continue in an epoch whose first steps had these losses."""
        self._values = list(losses)

    def accept(self, loss: Tensor) -> bool:
        """Record the loss of a step; returns whether to apply the update."""
        value = loss.item()
        self._values.append(value)
        return isfinite(value)

    def extend(self, values: list[float]) -> bool:
        """Record the losses of several steps, of which only the last may not be finite; then False."""
        self._values += values
        return isfinite(values[-1])

    def since(self, start: int) -> list[float]:
        """The losses of this epoch from its step `start` (counted from 0) on."""
        return self._values[start:]


class LatchedLosses:
    """Losses kept on the device; from the first non-finite one on, no update changes a weight.

    `begin_epoch` must have been called before `accept`. The latch is what torch's own gradient scaler
    uses: fused optimizers read `found_inf` on the device and skip the step where it is 1.
    """

    def __init__(self, optimizer: optim.Optimizer, device: torch.device, steps: int) -> None:
        self._losses = torch.zeros(steps, device=device)
        self.latched = torch.zeros((), device=device)
        self._count = 0
        optimizer.found_inf = self.latched  # type: ignore[attr-defined]
        optimizer.grad_scale = None  # type: ignore[attr-defined]

    def begin_epoch(self, steps: int) -> None:
        """Forget the previous epoch and allocate `steps` losses; the latch stays."""
        self._count = 0
        if steps != len(self._losses):
            self._losses = torch.zeros(steps, device=self._losses.device)

    def resume_epoch(self, losses: list[float]) -> None:
        self._count = len(losses)
        self._losses[: self._count] = torch.tensor(losses)

    def accept(self, loss: Tensor) -> bool:
        """Record the loss of a step; always True, since the optimizer checks the latch itself."""
        self.record(loss.detach())
        self.latch(loss.detach())
        return True

    def extend(self, values: list[float]) -> bool:
        """Record the losses of several steps, of which only the last may not be finite; then False."""
        self._losses[self._count : self._count + len(values)] = torch.tensor(values)
        self._count += len(values)
        if not isfinite(values[-1]):
            self.latched.fill_(1)
        return isfinite(values[-1])

    def record(self, loss: Tensor) -> None:
        self._losses[self._count].copy_(loss)
        self._count += 1

    def latch(self, loss: Tensor) -> None:
        """If it is not finite, no later update changes a weight."""
        torch.maximum(self.latched, (~loss.detach().isfinite()).float(), out=self.latched)

    def since(self, start: int) -> list[float]:
        """The losses of this epoch from its step `start` on; waits for the device."""
        values: list[float] = self._losses[start : self._count].tolist()
        return values


StepLosses = CheckedLosses | LatchedLosses


def watch_losses(optimizer: optim.Optimizer, device: torch.device, steps: int) -> StepLosses:
    """The suitable kind: latched if the optimizer is fused and reading a loss would wait."""
    if device.type == "cuda" and optimizer.defaults.get("fused"):
        return LatchedLosses(optimizer, device, steps)
    return CheckedLosses()
