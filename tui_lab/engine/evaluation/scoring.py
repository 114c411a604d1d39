"""The loss and the metrics of a split: at the end of an epoch, and after the last one.

Legend: B rows, K outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

from torch import Tensor

from tui_lab.data.dataset import Dataset, Part
from tui_lab.engine.evaluation.torchmetrics_values import torchmetrics_value
from tui_lab.engine.tasks.engine_task import short_float
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.experiment.counts import Counts
from tui_lab.experiment.metrics import Metric, metrics_of, rare_first
from tui_lab.protocol.rare import rare_class


@dataclass(frozen=True, slots=True)
class Scores:
    """`loss` is the mean over the rows, without label smoothing. Recall is NaN for an absent class."""

    loss: float
    metrics: dict[str, float]
    class_recall: tuple[float, ...] = ()


def metrics_for(task: str, dataset: Dataset) -> list[Metric]:
    """The metrics of a run; the most informative come first if one of two classes is rare."""
    rare = rare_class(dataset.about.class_rows.get("train", ())) is not None
    return rare_first(metrics_of(task, rare)) if rare else metrics_of(task)


def make_scorer(task: str, part: Part, dataset: Dataset) -> Callable[[Tensor], Scores]:
    """Scores the outputs for all rows of a split, once an epoch."""
    count, metrics = ENGINE_TASKS[task].counter(part, dataset), metrics_for(task, dataset)

    def score(outputs_BK: Tensor) -> Scores:
        loss, counts = count(outputs_BK)
        values = {m.name: value_of(m, task, counts, outputs_BK, part.y, dataset) for m in metrics}
        return Scores(loss, {k: nan if v is None else v for k, v in values.items()}, counts.class_recall)

    return score


def value_of(
    metric: Metric, task: str, counts: Counts, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset
) -> float | None:
    """A metric by its formula, else by torchmetrics; None if the counts do not contain it."""
    formula = metric.tasks[task].formula
    return formula(counts) if formula else torchmetrics_value(metric, task, outputs_BK, y_B, dataset)


def score_by_torchmetrics(task: str, outputs_BK: Tensor, part: Part, dataset: Dataset) -> Scores:
    """The final scores of a split: the same names and meanings, all metrics by torchmetrics."""
    code = ENGINE_TASKS[task]
    loss = short_float(code.loss(0.0)(outputs_BK, part.y))
    found = {
        m.name: torchmetrics_value(m, task, outputs_BK, part.y, dataset) for m in metrics_for(task, dataset)
    }
    return Scores(loss, found, code.class_recall(outputs_BK.cpu(), part.y.cpu(), dataset))
