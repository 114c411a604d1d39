"""The score of a constant prediction, as a reference for the loss."""

from tui_lab.data.dataset import Dataset
from tui_lab.engine.evaluation.scoring import make_scorer
from tui_lab.engine.tasks.registry import ENGINE_TASKS


def constant_baseline(task: str, dataset: Dataset) -> dict[str, float]:
    """`loss` and metrics of a constant prediction on the validation split.

    It is fitted on the training targets only: their mean for regression, their class frequencies for
    classification, so that its most likely class is the majority class.
    """
    rows = len(dataset.val)
    outputs = ENGINE_TASKS[task].constant_output(dataset.train.y, len(dataset.about.classes)).expand(rows, -1)
    scores = make_scorer(task, dataset.val, dataset)(outputs)
    return {"loss": scores.loss, **scores.metrics}
