"""Metrics of the training split, from the outputs that the steps of an epoch compute anyway.

Like the epoch's training loss they are measured in training mode, with dropout and augmentation, while the
weights were changing. No row is evaluated twice, nothing is copied from the device before the epoch has
ended, and the random state does not change. What the counts of a task do not contain is left out.

Legend: B rows.
"""

from collections.abc import Callable
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
        """All outputs `(B, K)` and targets `(B,)` of the epoch so far, if there are any."""
        if len(self._outputs) == 1:
            return self._outputs[0], self._targets[0]
        return (torch.cat(self._outputs), torch.cat(self._targets)) if self._outputs else None

    def state_dict(self, rows: int) -> dict[str, Tensor]:
        """Keep the first `rows` of them: those of steps that count."""
        found = self.whole()
        if found is None or not rows:
            return {}
        outputs, targets = (tensor[:rows].clone() for tensor in found)  # saved without what they are views of
        return {"outputs": outputs, "targets": targets}

    def load_state_dict(self, state: dict[str, Any], device: torch.device) -> None:
        """Continue after these; a checkpoint of an earlier version has none."""
        self.begin_epoch()
        if state:
            self.add(state["outputs"].to(device), state["targets"].to(device))


def make_train_scorer(task: str, dataset: Dataset) -> Callable[[EpochOutputs, int], dict[str, float]]:
    """Gives the metrics of an epoch of so many rows, named as for validation; none if some are missing."""
    chosen = {metric.name for metric in metrics_for(task, dataset)}
    metrics = [metric for name, metric in METRICS.items() if name in chosen]
    count = ENGINE_TASKS[task].epoch_counts

    def score(epoch: EpochOutputs, rows: int) -> dict[str, float]:
        whole = epoch.whole()
        if whole is None or len(whole[1]) != rows:
            return {}
        counts = count(*whole, dataset)
        values = {m.name: value_of(m, task, counts, *whole, dataset) for m in metrics}
        return {name: value for name, value in values.items() if value is not None}

    return score
