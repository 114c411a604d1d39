"""The score of a constant prediction, as a reference for the loss."""

import torch
from torch import Tensor

from tui_lab.data.dataset import Dataset
from tui_lab.engine.evaluation.metrics import make_scorer
from tui_lab.experiment.experiment import Task


def constant_baseline(task: Task, dataset: Dataset) -> dict[str, float]:
    """`loss` and metrics of a constant prediction on the validation split.

    It is fitted on the training targets only: their mean for regression, their class frequencies for
    classification, so that its most likely class is the majority class.
    """
    rows = len(dataset.val)
    outputs = _constant_output(task, dataset).expand(rows, -1)
    scores = make_scorer(task, dataset.val, dataset)(outputs)
    return {"loss": scores.loss, **scores.metrics}


def _constant_output(task: Task, dataset: Dataset) -> Tensor:
    y = dataset.train.y
    if task == "regression":
        return y.mean().view(1, 1)
    if task == "binary":
        return torch.logit(y.mean()).view(1, 1)
    counts_K = torch.bincount(y, minlength=len(dataset.about.classes))
    return (counts_K / counts_K.sum()).log().view(1, -1)
