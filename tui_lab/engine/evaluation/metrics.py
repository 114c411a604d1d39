"""Loss and metrics of a split from sums and counts.

They are computed once an epoch for the chart, and a torchmetrics update would cost as much as one to two
training steps per metric (14 to 160 us against 145). So sums and counts are computed on the device, and the
formulas of torchmetrics are applied to plain numbers; the tests compare each one with torchmetrics, and the
test split is scored by torchmetrics itself (`engine.final_scores`).

Legend: B rows, K classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import torch
import torch.nn.functional as F
from torch import Tensor

from tui_lab.data.dataset import Dataset, Part
from tui_lab.protocol.rare import FIRST, rare_class


@dataclass(frozen=True, slots=True)
class Scores:
    """`loss` is the mean over the rows, without label smoothing. Recall is NaN for an absent class."""

    loss: float
    metrics: dict[str, float]
    class_recall: tuple[float, ...] = ()


def ratio(part: float, whole: float) -> float:
    """`part / whole`, or 0 if `whole` is 0, as in torchmetrics."""
    return part / whole if whole else 0.0


class RegressionScorer:
    """MAE and RMSE in the units of the target, R2, and the mean squared error of the scaled target."""

    def __init__(self, part: Part, dataset: Dataset) -> None:
        self._y_B = part.y
        self._std = dataset.target_std
        self._total = float(((part.y - part.y.mean()) ** 2).sum())

    def __call__(self, outputs_B1: Tensor) -> Scores:
        """Score the outputs for all rows of the split."""
        outputs_B = outputs_B1.squeeze(-1)
        losses = F.mse_loss(outputs_B, self._y_B), F.l1_loss(outputs_B, self._y_B)
        mse, mae = torch.stack(losses).tolist()
        return Scores(
            loss=mse,
            metrics={
                "mae": mae * self._std,
                "rmse": mse**0.5 * self._std,
                "r2": 1 - mse * len(self._y_B) / self._total if self._total else nan,
            },
        )


class BinaryScorer:
    """Accuracy, precision, recall and F1 of the second class at 0.5, and the area under the ROC curve.

    Where one class is rare also the balanced accuracy, and what says most then comes first.
    """

    def __init__(self, part: Part, dataset: Dataset) -> None:
        self._y_B = part.y
        self._rare = has_rare_class(dataset)
        self._positive = part.y.nonzero().squeeze(-1)
        self._negative = (part.y == 0).nonzero().squeeze(-1)

    def __call__(self, logits_B1: Tensor) -> Scores:
        """Score the outputs for all rows of the split."""
        logits_B = logits_B1.squeeze(-1)
        loss = F.binary_cross_entropy_with_logits(logits_B, self._y_B)
        positive, negative = logits_B[self._positive], logits_B[self._negative]
        tp, fp = (positive > 0).sum(), (negative > 0).sum()
        mean_loss, tps, fps, auroc = torch.stack(
            (loss, tp.float(), fp.float(), _auroc(positive, negative))
        ).tolist()
        positives, negatives = len(positive), len(negative)
        precision, recall = ratio(tps, tps + fps), ratio(tps, positives)
        metrics = {
            "accuracy": (tps + negatives - fps) / (positives + negatives),
            "precision": precision,
            "recall": recall,
            "f1": ratio(2 * tps, tps + fps + positives),
            "auroc": auroc,
        }
        return Scores(
            loss=mean_loss,
            metrics=with_rare_first(metrics, ratio(negatives - fps, negatives)) if self._rare else metrics,
            class_recall=(
                (negatives - fps) / negatives if negatives else nan,
                recall if positives else nan,
            ),
        )


def has_rare_class(dataset: Dataset) -> bool:
    """Whether one of two classes is rare."""
    return rare_class(dataset.about.class_rows.get("train", ())) is not None


def with_rare_first(metrics: dict[str, float], specificity: float) -> dict[str, float]:
    """The metrics of a run with a rare class. `specificity`: the recall of the first class."""
    whole = {**metrics, "balanced_accuracy": (metrics["recall"] + specificity) / 2}
    return {name: whole[name] for name in FIRST}


def _auroc(positive: Tensor, negative: Tensor) -> Tensor:
    """The probability that a positive scores above a negative, ties count half (Hanley and McNeil 1982)."""
    if not len(positive) or not len(negative):
        return torch.zeros((), device=positive.device)
    ordered = negative.sort().values
    below = torch.searchsorted(ordered, positive)
    not_above = torch.searchsorted(ordered, positive, right=True)
    return (below + not_above).sum() / (2.0 * len(positive) * len(negative))


class MulticlassScorer:
    """Accuracy over all rows, macro precision, recall and F1, and the recall of each class."""

    def __init__(self, part: Part, dataset: Dataset) -> None:
        self._y_B = part.y
        self._classes = len(dataset.about.classes)
        self._cell_B = part.y * self._classes

    def __call__(self, logits_BK: Tensor) -> Scores:
        """Score the outputs for all rows of the split."""
        loss = F.cross_entropy(logits_BK, self._y_B)
        cells = self._cell_B + logits_BK.argmax(-1)
        confusion = torch.bincount(cells, minlength=self._classes**2)
        mean_loss, *counts = torch.cat((loss.double().view(1), confusion.double())).tolist()
        return multiclass_scores(mean_loss, counts, self._classes)


def multiclass_scores(loss: float, confusion: Sequence[float], classes: int) -> Scores:
    """From a flat confusion matrix: rows are true classes, columns predicted ones.

    A class that neither occurs nor is predicted does not count in the macro means, as in torchmetrics.
    """
    rows = [confusion[k * classes : (k + 1) * classes] for k in range(classes)]
    hits = [rows[k][k] for k in range(classes)]
    true = [sum(row) for row in rows]
    predicted = [sum(confusion[k::classes]) for k in range(classes)]
    seen = [k for k in range(classes) if true[k] or predicted[k]]

    def macro(values: list[float]) -> float:
        return sum(values) / len(values)

    return Scores(
        loss=loss,
        metrics={
            "accuracy": sum(hits) / sum(true),
            "precision": macro([ratio(hits[k], predicted[k]) for k in seen]),
            "recall": macro([ratio(hits[k], true[k]) for k in seen]),
            "f1": macro([ratio(2 * hits[k], true[k] + predicted[k]) for k in seen]),
        },
        class_recall=tuple(hits[k] / true[k] if true[k] else nan for k in range(classes)),
    )


Scorer = RegressionScorer | BinaryScorer | MulticlassScorer


def make_scorer(task: str, part: Part, dataset: Dataset) -> Scorer:
    """The scorer of a split for a task."""
    kinds: dict[str, type[Scorer]] = {
        "regression": RegressionScorer,
        "binary": BinaryScorer,
        "multiclass": MulticlassScorer,
    }
    return kinds[task](part, dataset)
