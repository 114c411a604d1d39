"""From the task to the loss.

Legend: B batch, K classes (or 1).
"""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from tui_lab.experiment.experiment import Task

Loss = Callable[[Tensor, Tensor], Tensor]


def outputs_of(task: Task, classes: int) -> int:
    """The number of outputs: one for regression and binary, otherwise one per class."""
    return classes if task == "multiclass" else 1


def training_loss(task: Task, label_smoothing: float = 0.0) -> Loss:
    """The training loss: `(outputs (B, K), target (B,)) -> ()`, the mean over the batch.

    Regression: mean squared error of the scaled target. Binary: cross entropy with logits
    (`binary_cross_entropy_with_logits`); smoothing moves both labels towards 0.5. Multiclass: cross entropy
    with label smoothing as in Szegedy et al. 2016.
    """
    if task == "regression":
        return lambda outputs_B1, y_B: F.mse_loss(outputs_B1.squeeze(-1), y_B)
    if task == "multiclass":
        return lambda logits_BK, y_B: F.cross_entropy(logits_BK, y_B, label_smoothing=label_smoothing)
    if label_smoothing == 0:
        return lambda logits_B1, y_B: F.binary_cross_entropy_with_logits(logits_B1.squeeze(-1), y_B)
    half = label_smoothing / 2
    return lambda logits_B1, y_B: F.binary_cross_entropy_with_logits(
        logits_B1.squeeze(-1), y_B * (1 - label_smoothing) + half
    )
