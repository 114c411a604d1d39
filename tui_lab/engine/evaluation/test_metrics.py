"""The final scores on the test split, by torchmetrics.

Legend: B rows, K classes.
"""

import torch
import torchmetrics.functional.classification as classification
import torchmetrics.functional.regression as regression
from torch import Tensor

from tui_lab.data.dataset import Dataset, Part
from tui_lab.engine.evaluation.losses import training_loss
from tui_lab.engine.evaluation.metrics import Scores, has_rare_class, with_rare_first
from tui_lab.experiment.experiment import Task


def _plain(value: Tensor) -> float:
    """A float32 as a short decimal: 0.8888889 instead of 0.8888888955116272."""
    return float(f"{float(value):.7g}")


def score_by_torchmetrics(task: Task, outputs_BK: Tensor, part: Part, dataset: Dataset) -> Scores:
    """The metrics of `outputs_BK` on a split: the same names and meanings as `engine.score`."""
    loss = _plain(training_loss(task)(outputs_BK, part.y))
    outputs_BK, y_B = outputs_BK.cpu(), part.y.cpu()
    if task == "regression":
        return Scores(loss, _regression(outputs_BK.squeeze(-1), y_B, dataset.target_std))
    if task == "binary":
        return _binary(loss, outputs_BK.squeeze(-1), y_B.long(), rare=has_rare_class(dataset))
    return _multiclass(loss, outputs_BK, y_B, len(dataset.about.classes))


def _regression(outputs_B: Tensor, y_B: Tensor, std: float) -> dict[str, float]:
    metrics = {
        "mae": _plain(regression.mean_absolute_error(outputs_B, y_B)) * std,
        "rmse": _plain(regression.mean_squared_error(outputs_B, y_B, squared=False)) * std,
    }
    enough = len(y_B) >= 2  # torchmetrics rejects R2 of a single row
    metrics["r2"] = _plain(regression.r2_score(outputs_B, y_B)) if enough else float("nan")
    return metrics


def _binary(loss: float, logits_B: Tensor, y_B: Tensor, *, rare: bool) -> Scores:
    """The AUROC is computed from logits: in float32 every logit above 17 has probability 1."""
    probability_B = logits_B.sigmoid()
    rank_B = torch.unique(logits_B, return_inverse=True)[1].double() / len(y_B)
    tp, fp, tn, fn, _ = classification.binary_stat_scores(probability_B, y_B).tolist()
    metrics = {
        "accuracy": _plain(classification.binary_accuracy(probability_B, y_B)),
        "precision": _plain(classification.binary_precision(probability_B, y_B)),
        "recall": _plain(classification.binary_recall(probability_B, y_B)),
        "f1": _plain(classification.binary_f1_score(probability_B, y_B)),
        "auroc": _plain(classification.binary_auroc(rank_B, y_B)),
    }
    if rare:
        metrics = with_rare_first(metrics, _plain(classification.binary_specificity(probability_B, y_B)))
    return Scores(
        loss,
        metrics,
        class_recall=(
            tn / (tn + fp) if tn + fp else float("nan"),
            tp / (tp + fn) if tp + fn else float("nan"),
        ),
    )


def _multiclass(loss: float, logits_BK: Tensor, y_B: Tensor, classes: int) -> Scores:
    def macro(metric: object) -> float:
        return _plain(metric(logits_BK, y_B, num_classes=classes, average="macro"))  # type: ignore[operator]

    recall_K = classification.multiclass_recall(logits_BK, y_B, num_classes=classes, average="none")
    present = set(torch.unique(y_B).tolist())
    return Scores(
        loss,
        {
            "accuracy": _plain(
                classification.multiclass_accuracy(logits_BK, y_B, num_classes=classes, average="micro")
            ),
            "precision": macro(classification.multiclass_precision),
            "recall": macro(classification.multiclass_recall),
            "f1": macro(classification.multiclass_f1_score),
        },
        class_recall=tuple(_plain(recall_K[k]) if k in present else float("nan") for k in range(classes)),
    )
