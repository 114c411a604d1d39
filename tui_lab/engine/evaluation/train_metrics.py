"""Metrics of the training split, from the outputs that the steps of an epoch compute anyway.

Like the epoch's training loss they are measured in training mode, with dropout and augmentation, while the
weights were changing. No row is evaluated twice, nothing is copied from the device before the epoch has
ended, and the random state does not change. The area under the ROC curve is left out: it would have to sort
all outputs.

Legend: B rows, K classes.
"""

from typing import Any

import torch
from torch import Tensor

from tui_lab.data.dataset import Dataset
from tui_lab.engine.evaluation.metrics import has_rare_class, ratio


class EpochOutputs:
    """The outputs and targets of the steps in the current epoch."""

    def __init__(self) -> None:
        self._outputs: list[Tensor] = []
        self._targets: list[Tensor] = []

    def begin_epoch(self) -> None:
        """Discard the previous epoch."""
        self._outputs, self._targets = [], []

    def add(self, outputs: Tensor, targets_B: Tensor) -> None:
        """Keep those of a step: references, not copies."""
        self._outputs.append(outputs.detach())
        self._targets.append(targets_B)

    def whole(self) -> tuple[Tensor, Tensor] | None:
        """All of them, in the order of the steps."""
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
    found = epoch.whole()
    if found is None or len(found[1]) != rows:
        return {}
    outputs, targets_B = found
    match task:
        case "regression":
            return _regression(outputs.squeeze(-1), targets_B, dataset.target_std)
        case "binary":
            return _binary(outputs.squeeze(-1), targets_B, has_rare_class(dataset))
    return _multiclass(outputs, targets_B, len(dataset.about.classes))


def _regression(outputs_B: Tensor, y_B: Tensor, std: float) -> dict[str, float]:
    error_B = outputs_B - y_B
    sums = torch.stack((error_B.square().mean(), error_B.abs().mean(), (y_B - y_B.mean()).square().mean()))
    mse, mae, variance = sums.tolist()
    r2 = {"r2": 1 - mse / variance} if variance else {}
    return {"mae": mae * std, "rmse": mse**0.5 * std, **r2}


def _binary(logits_B: Tensor, y_B: Tensor, rare: bool) -> dict[str, float]:
    said_B, true_B = logits_B > 0, y_B > 0
    said, positives, tp = torch.stack((said_B.sum(), true_B.sum(), (said_B & true_B).sum())).tolist()
    rows = len(y_B)
    negatives, fp = rows - positives, said - tp
    recall = ratio(tp, positives)
    metrics = {
        "accuracy": (tp + negatives - fp) / rows,
        "precision": ratio(tp, said),
        "recall": recall,
        "f1": ratio(2 * tp, said + positives),
    }
    if rare:
        metrics["balanced_accuracy"] = (recall + ratio(negatives - fp, negatives)) / 2
    return metrics


def _multiclass(logits_BK: Tensor, y_B: Tensor, classes: int) -> dict[str, float]:
    said_B = logits_BK.argmax(-1)
    counts = [torch.bincount(found, minlength=classes) for found in (y_B[said_B == y_B], y_B, said_B)]
    hits, true, said = torch.stack(counts).tolist()
    seen = [k for k in range(classes) if true[k] or said[k]]

    def macro(part: list[float], whole: list[float]) -> float:
        return sum(ratio(part[k], whole[k]) for k in seen) / len(seen)

    both = [2 * hit for hit in hits]
    return {
        "accuracy": sum(hits) / len(y_B),
        "precision": macro(hits, said),
        "recall": macro(hits, true),
        "f1": macro(both, [a + b for a, b in zip(true, said, strict=True)]),
    }
