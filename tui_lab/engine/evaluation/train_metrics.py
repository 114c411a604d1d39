"""Metrics of the training split, from the outputs that the steps of an epoch compute anyway.

Like the epoch's training loss they are measured in training mode, with dropout and augmentation, while the
weights were changing. No row is evaluated twice, nothing is copied from the device before the epoch has
ended, and the random state does not change. What the counts of a task do not contain is left out.

Legend: B rows.
"""

from typing import Any

import torch
from torch import Tensor

from tui_lab.data.dataset import Dataset
from tui_lab.engine.evaluation.scoring import metrics_for, value_of
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.experiment.metrics import METRICS


class EpochOutputs:
    """The outputs and targets of the steps in the current epoch."""

    def __init__(self) -> None:
        self._outputs: list[Tensor] = []
        self._targets: list[Tensor] = []

    def begin_epoch(self) -> None:
        self._outputs, self._targets = [], []

    def add(self, outputs: Tensor, targets_B: Tensor) -> None:
        """Keep those of a step: references, not copies."""
        self._outputs.append(outputs.detach())
        self._targets.append(targets_B)

    def whole(self) -> tuple[Tensor, Tensor] | None:
        return (torch.cat(self._outputs), torch.cat(self._targets)) if self._outputs else None

    def state_dict(self, rows: int) -> dict[str, Tensor]:
        """Keep the first `rows` of them: those of steps that count."""
        found = self.whole()
        return {} if found is None or not rows else {"outputs": found[0][:rows], "targets": found[1][:rows]}

    def load_state_dict(self, state: dict[str, Any], device: torch.device) -> None:
        """Continue after these; a checkpoint of an earlier version has none."""
        self.begin_epoch()
        if state:
            self.add(state["outputs"].to(device), state["targets"].to(device))


def train_metrics(task: str, epoch: EpochOutputs, dataset: Dataset, rows: int) -> dict[str, float]:
    """The metrics of an epoch with `rows` rows, named as for validation; none if some are missing."""
    whole = epoch.whole()
    if whole is None or len(whole[1]) != rows:
        return {}
    counts = ENGINE_TASKS[task].epoch_counts(*whole, dataset)
    chosen = {metric.name for metric in metrics_for(task, dataset)}
    values = {
        name: value_of(metric, task, counts, *whole, dataset)
        for name, metric in METRICS.items()
        if name in chosen
    }
    return {name: value for name, value in values.items() if value is not None}
