"""Binary classification: one output, the logit of the second class.

Legend: B rows, N rows to predict.
"""

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
    numbers,
)
from tui_lab.engine.tasks.multiclass import most_likely
from tui_lab.engine.tasks.torchmetrics_functions import torchmetrics_function
from tui_lab.experiment.counts import TwoClasses


class Binary(EngineTask):
    """Cross entropy with logits; a row is of the second class if its logit is above 0."""

    native_loss = "binary_cross_entropy"

    def loss(self, label_smoothing: float) -> Loss:
        return lambda logits_B1, y_B: F.binary_cross_entropy_with_logits(
            logits_B1.squeeze(-1), _smoothed(y_B, label_smoothing)
        )

    def loss_and_gradient(self, label_smoothing: float) -> LossAndGradient:
        def by_hand(logits_B1: Tensor, y_B: Tensor) -> tuple[Tensor, Tensor]:
            logits_B, labels_B = logits_B1.squeeze(-1), _smoothed(y_B, label_smoothing)
            gradient_B = (logits_B.sigmoid() - labels_B).div_(len(y_B))
            return F.binary_cross_entropy_with_logits(logits_B, labels_B), gradient_B.unsqueeze(-1)

        return by_hand

    def constant_output(self, y: Tensor, classes: int) -> Tensor:
        return torch.logit(y.mean()).view(1, 1)

    def counter(self, part: Part, dataset: Dataset) -> Counter:
        y_B, positive, negative = part.y, part.y.nonzero().squeeze(-1), (part.y == 0).nonzero().squeeze(-1)

        def count(logits_B1: Tensor) -> tuple[float, TwoClasses]:
            logits_B = logits_B1.squeeze(-1)
            ones, zeros = logits_B.index_select(0, positive), logits_B.index_select(0, negative)
            loss, area = numbers(F.binary_cross_entropy_with_logits(logits_B, y_B), auroc(ones, zeros))
            tp, fp = numbers((ones > 0).count_nonzero(), (zeros > 0).count_nonzero())
            return loss, TwoClasses(tp, fp, len(ones), len(zeros), area)

        return count

    def epoch_counts(self, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> TwoClasses:
        """Without the area under the ROC curve: all outputs of the epoch would have to be sorted."""
        said_B, true_B = outputs_BK.squeeze(-1) > 0, y_B > 0
        chosen = said_B, true_B, said_B & true_B
        said, positives, tp = numbers(*(rows_B.count_nonzero() for rows_B in chosen))
        return TwoClasses(tp, said - tp, positives, len(y_B) - positives)

    def given(self, form: str, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> MetricInputs:
        """Probabilities; as `ranks`, the order of the logits: in float32 all above 17 have probability 1."""
        logits_B = outputs_BK.squeeze(-1)
        if form == "ranks":
            answers_B = torch.unique(logits_B, return_inverse=True)[1].double() / len(y_B)
        else:
            answers_B = logits_B.sigmoid()
        return MetricInputs(answers_B, y_B.long(), {})

    def class_recall(self, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> tuple[float, ...]:
        given = self.given("answers", outputs_BK, y_B, dataset)
        counts = torchmetrics_function("classification.binary_stat_scores")
        tp, fp, tn, fn, _ = counts(given.answers, given.targets).tolist()
        return TwoClasses(tp, fp, tp + fn, tn + fp).class_recall

    def predictions(self, outputs_NK: Tensor, classes: tuple[str, ...], mean: float, std: float) -> Predicted:
        yes_N = outputs_NK.squeeze(-1).double().sigmoid()
        return most_likely(torch.stack((1 - yes_N, yes_N), 1), classes)


def _smoothed(y_B: Tensor, label_smoothing: float) -> Tensor:
    """Both labels moved towards 0.5."""
    return y_B * (1 - label_smoothing) + label_smoothing / 2 if label_smoothing else y_B


def auroc(positive: Tensor, negative: Tensor) -> Tensor:
    """The probability that a positive scores above a negative, ties count half (Hanley and McNeil 1982)."""
    if not len(positive) or not len(negative):
        return torch.zeros((), device=positive.device)
    ordered = negative.sort().values
    below = torch.searchsorted(ordered, positive)
    not_above = torch.searchsorted(ordered, positive, right=True)
    return (below + not_above).sum() / (2.0 * len(positive) * len(negative))
