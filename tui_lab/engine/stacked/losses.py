"""Losses of many trials and their gradients, by hand.

Legend: T trials, B rows, K outputs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.experiment.tasks import Task


class StackedLoss(Protocol):
    """`(outputs (T, B, K), targets (T, B)) -> (T,), (T, B, K)`: losses, and gradients by the outputs."""

    def __call__(self, outputs_TBK: Tensor, y_TB: Tensor) -> tuple[Tensor, Tensor]: ...


def stacked_loss(task: Task, smoothing: Sequence[float], device: torch.device) -> StackedLoss:
    """The loss of a task, with the label smoothing of each trial."""
    made = ENGINE_TASKS[task]
    smoothing_T1 = torch.tensor(smoothing, dtype=torch.float64, device=device).view(-1, 1)
    known = _KNOWN.get(made.native_loss or "")
    if known is not None:
        return known(smoothing_T1)
    each = [made.loss_and_gradient(value) for value in smoothing]

    def one_by_one(outputs_TBK: Tensor, y_TB: Tensor) -> tuple[Tensor, Tensor]:
        found = [loss(*given) for loss, *given in zip(each, outputs_TBK, y_TB, strict=True)]
        losses, gradients = zip(*found, strict=True)
        return torch.stack(losses), torch.stack(gradients)

    return one_by_one


def _mse(smoothing_T1: Tensor) -> StackedLoss:
    def squares(outputs_TBK: Tensor, y_TB: Tensor) -> tuple[Tensor, Tensor]:
        error_TB = outputs_TBK.squeeze(-1) - y_TB
        return error_TB.square().mean(1), (error_TB * (2 / y_TB.shape[1])).unsqueeze(-1)

    return squares


def _binary(smoothing_T1: Tensor) -> StackedLoss:
    """Both labels are moved towards 0.5."""
    smooth = bool(smoothing_T1.any())
    keep_T1, added_T1 = (1 - smoothing_T1).float(), (smoothing_T1 / 2).float()

    def cross_entropy(outputs_TBK: Tensor, y_TB: Tensor) -> tuple[Tensor, Tensor]:
        logits_TB = outputs_TBK.squeeze(-1)
        labels_TB = y_TB * keep_T1 + added_T1 if smooth else y_TB
        losses_TB = F.binary_cross_entropy_with_logits(logits_TB, labels_TB, reduction="none")
        gradient_TB = (_sigmoid(logits_TB) - labels_TB).div_(y_TB.shape[1])
        return losses_TB.mean(1), gradient_TB.unsqueeze(-1)

    return cross_entropy


def _sigmoid(logits_TB: Tensor) -> Tensor:
    """With the bits of each trial alone: torch rounds differently what does not fill a vector."""
    if logits_TB.device.type == "cpu":
        return torch.stack([one.sigmoid() for one in logits_TB])
    return logits_TB.sigmoid()


def _classes(smoothing_T1: Tensor) -> StackedLoss:
    """Label smoothing as in Szegedy et al. 2016."""
    smooth, aten = bool(smoothing_T1.any()), torch.ops.aten
    right_T11, smoothing_T11 = (1 - smoothing_T1).unsqueeze(-1).float(), smoothing_T1.unsqueeze(-1)

    def cross_entropy(outputs_TBK: Tensor, y_TB: Tensor) -> tuple[Tensor, Tensor]:
        rows, classes, at_TB1 = y_TB.shape[1], outputs_TBK.shape[2], y_TB.unsqueeze(-1)
        log_TBK = aten._log_softmax.default(outputs_TBK, 2, False)
        losses_T = -log_TBK.gather(2, at_TB1).squeeze(-1).mean(1)
        by_log_T11 = torch.zeros_like(right_T11)
        if smooth:
            even_T11 = (smoothing_T11 / classes).float()
            losses_T = losses_T * right_T11.view(-1) - log_TBK.sum(2).mean(1) * even_T11.view(-1)
            by_log_T11 = -even_T11 / rows
        is_right_TBK = at_TB1 == torch.arange(classes, device=at_TB1.device)
        by_log_TBK = torch.where(is_right_TBK, by_log_T11 - right_T11 / rows, by_log_T11)
        return losses_T, aten._log_softmax_backward_data.default(by_log_TBK, log_TBK, 2, log_TBK.dtype)

    return cross_entropy


_KNOWN: Mapping[str, Callable[[Tensor], StackedLoss]] = {
    "mse": _mse,
    "binary_cross_entropy": _binary,
    "cross_entropy": _classes,
}
"""By the name that the compiled code has for them."""
