"""Multiclass classification: one output per class, its logit.

Legend: B rows, N rows to predict, K classes.
"""

from collections.abc import Sequence
from math import nan

import torch
import torch.nn.functional as F
from torch import Tensor

from tui_lab.data.dataset import Dataset, Part
from tui_lab.engine.tasks.engine_task import (
    Counter,
    EngineTask,
    Loss,
    LossAndGradient,
    MetricInputs,
    Predicted,
    short_float,
)
from tui_lab.engine.tasks.torchmetrics_functions import torchmetrics_function
from tui_lab.experiment.counts import ManyClasses

_MEAN_OF_ALL = (1, -100)  # torch's numbers for the reduction and for no class to leave out


class Multiclass(EngineTask):
    """Cross entropy; the class with the highest logit is predicted."""

    native_loss = "cross_entropy"

    def loss(self, label_smoothing: float) -> Loss:
        """Label smoothing as in Szegedy et al. 2016."""
        return lambda logits_BK, y_B: F.cross_entropy(logits_BK, y_B, label_smoothing=label_smoothing)

    def loss_and_gradient(self, label_smoothing: float) -> LossAndGradient:
        """With smoothing it is left to autograd."""
        if label_smoothing:
            return super().loss_and_gradient(label_smoothing)
        one, aten = torch.ones(()), torch.ops.aten

        def by_hand(logits_BK: Tensor, y_B: Tensor) -> tuple[Tensor, Tensor]:
            log_BK = aten._log_softmax.default(logits_BK, 1, False)
            loss, weight = aten.nll_loss_forward.default(log_BK, y_B, None, *_MEAN_OF_ALL)
            by_log_BK = aten.nll_loss_backward.default(one, log_BK, y_B, None, *_MEAN_OF_ALL, weight)
            return loss, aten._log_softmax_backward_data.default(by_log_BK, log_BK, 1, log_BK.dtype)

        return by_hand

    def constant_output(self, y: Tensor, classes: int) -> Tensor:
        counts_K = torch.bincount(y, minlength=classes)
        return (counts_K / counts_K.sum()).log().view(1, -1)

    def counter(self, part: Part, dataset: Dataset) -> Counter:
        return lambda logits_BK: (
            F.cross_entropy(logits_BK, part.y).item(),
            self.epoch_counts(logits_BK, part.y, dataset),
        )

    def epoch_counts(self, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> ManyClasses:
        classes = len(dataset.about.classes)
        cell_B = torch.add(outputs_BK.argmax(-1), y_B, alpha=classes)
        return from_confusion(torch.bincount(cell_B, minlength=classes**2).tolist(), classes)

    def given(self, form: str, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> MetricInputs:
        return MetricInputs(outputs_BK, y_B, {"num_classes": len(dataset.about.classes)})

    def class_recall(self, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> tuple[float, ...]:
        classes = len(dataset.about.classes)
        recall = torchmetrics_function("classification.multiclass_recall")
        recall_K = recall(outputs_BK, y_B, num_classes=classes, average="none")
        present = set(torch.unique(y_B).tolist())
        return tuple(short_float(recall_K[k]) if k in present else nan for k in range(classes))

    def predictions(self, outputs_NK: Tensor, classes: tuple[str, ...], mean: float, std: float) -> Predicted:
        return most_likely(outputs_NK.double().softmax(1), classes)


def from_confusion(confusion: Sequence[int], classes: int) -> ManyClasses:
    """From a flat confusion matrix: rows are true classes, columns predicted ones."""
    true = [sum(confusion[first : first + classes]) for first in range(0, classes**2, classes)]
    predicted = [sum(confusion[k::classes]) for k in range(classes)]
    return ManyClasses(confusion[:: classes + 1], true, predicted)


def most_likely(chances_NK: Tensor, classes: tuple[str, ...]) -> Predicted:
    """The class with the highest probability, for each row."""
    chosen: list[int] = chances_NK.argmax(1).tolist()
    return Predicted([classes[k] for k in chosen], chances_NK.numpy())
