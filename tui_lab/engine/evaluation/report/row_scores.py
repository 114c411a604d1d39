"""Predictions, row by row: what everything in an evaluation is computed from.

Legend: B rows, K classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from tui_lab.data.dataset import Dataset
from tui_lab.errors import InputError
from tui_lab.experiment.tasks import TASKS, Task

KNOWN = ("regression", "binary", "multiclass")


@dataclass(frozen=True, slots=True)
class RowScores:
    """The predictions for some rows, on the CPU, in float64.

    `true_B`, `predicted_B`: class numbers (int64), or values in the units of the target. `loss_B`: the loss
    of each row, without label smoothing; its mean is that of the split. `logits_BK`, `chance_BK`: of each
    class; without columns for numbers. `binary`: scores are those of the second class, not averages.
    """

    binary: bool
    true_B: Tensor
    predicted_B: Tensor
    loss_B: Tensor
    logits_BK: Tensor
    chance_BK: Tensor

    def __len__(self) -> int:
        return len(self.true_B)

    def at(self, places_B: Tensor) -> Self:
        """Some of the rows."""
        return type(self)(self.binary, *(part[places_B] for part in self._parts))

    @classmethod
    def joined(cls, some: Sequence[Self]) -> Self:
        """Of several parts of the data, one after the other; at least one."""
        parts = zip(*(each._parts for each in some), strict=True)
        return cls(some[0].binary, *map(torch.cat, parts))

    @property
    def _parts(self) -> tuple[Tensor, ...]:
        return (self.true_B, self.predicted_B, self.loss_B, self.logits_BK, self.chance_BK)

    @property
    def classes(self) -> int:
        """How many there are; 0 for numbers."""
        return self.chance_BK.shape[1]

    @property
    def wrong(self) -> Tensor:
        """How wrong each row is: 0 or 1 for classes, the squared error for numbers."""
        if self.classes:
            return (self.true_B != self.predicted_B).double()
        return (self.true_B - self.predicted_B) ** 2

    @property
    def margin(self) -> Tensor:
        """Binary: what orders the rows by how likely they are of the second one."""
        return self.logits_BK[:, 1] - self.logits_BK[:, 0]


def check_task(task: str) -> None:
    """Raise InputError for a task that is none of those below."""
    if task not in KNOWN:
        raise InputError(f"a run of the task {task} cannot be evaluated, only {', '.join(KNOWN)}")


def row_scores(task: Task, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> RowScores:
    """From the network's outputs. Raises InputError if they are not finite."""
    outputs_BK, y_B = outputs_BK.detach().cpu().double(), y_B.detach().cpu()
    bad = int((~outputs_BK.isfinite()).any(1).sum())
    if bad:
        raise InputError(f"the network's outputs are not finite for {bad:,} of {len(y_B):,} rows")
    if TASKS[task].numeric:
        mean, std, y_B = dataset.target_mean, dataset.target_std, y_B.double()
        scaled_B = outputs_BK.squeeze(-1)
        nothing = outputs_BK.new_zeros(len(y_B), 0)
        loss_B = (scaled_B - y_B) ** 2
        return RowScores(False, y_B * std + mean, scaled_B * std + mean, loss_B, nothing, nothing)
    if binary := not TASKS[task].output_per_class:
        outputs_BK = torch.cat((torch.zeros_like(outputs_BK), outputs_BK), 1)
    true_B, log_BK = y_B.long(), F.log_softmax(outputs_BK, 1)
    loss_B = F.nll_loss(log_BK, true_B, reduction="none")
    return RowScores(binary, true_B, outputs_BK.argmax(1), loss_B, outputs_BK, log_BK.exp())
