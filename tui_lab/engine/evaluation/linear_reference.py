"""What a linear model reaches on the rows of a run, as a reference; only where that is quick."""

from math import prod

import torch
from torch import Tensor

from tui_lab.data.dataset import Dataset, Part
from tui_lab.engine.evaluation.report.linear_model import LinearModel, fit_linear
from tui_lab.engine.evaluation.report.row_scores import KNOWN, row_scores
from tui_lab.experiment.tasks import TASKS, Task
from tui_lab.protocol.observed_events import LinearFitted

MOST_WORK = 1_000_000
"""Values of the training inputs times outputs: 8 x 8 digits of ten classes are below, and take 40 ms."""


def linear_reference(task: Task, dataset: Dataset) -> LinearFitted | None:
    """Fit it; None if that would take long. Draws no random number that the run could miss."""
    classes = len(dataset.about.classes)
    if task not in KNOWN or not _is_quick(dataset, classes if TASKS[task].output_per_class else 1):
        return None
    try:
        with torch.no_grad():
            model = fit_linear(task, dataset.train, classes)
            train_loss, val_loss = (
                _loss(task, model, part, dataset) for part in (dataset.train, dataset.val)
            )
    except RuntimeError:  # no solution, or no memory: a run does without
        return None
    return LinearFitted(train_loss, val_loss, model.about)


def _is_quick(dataset: Dataset, outputs: int) -> bool:
    inputs = dataset.train.x
    return isinstance(inputs, Tensor) and prod(inputs.shape) * outputs <= MOST_WORK


def _loss(task: Task, model: LinearModel, part: Part, dataset: Dataset) -> float:
    return float(row_scores(task, model.outputs(part), part.y, dataset).loss_B.mean())
