"""The value of a metric by torchmetrics: on the test split, and wherever it has no formula.

Legend: B rows, K outputs.
"""

from math import nan

from torch import Tensor

from tui_lab.data.dataset import Dataset
from tui_lab.engine.tasks.engine_task import short_float
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.engine.tasks.torchmetrics_functions import torchmetrics_function
from tui_lab.experiment.metrics import Metric


def torchmetrics_value(metric: Metric, task: str, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> float:
    """The metric of these outputs, as its record says."""
    how = metric.tasks[task]
    if len(y_B) < how.least_rows:
        return nan
    given = ENGINE_TASKS[task].given(how.given, outputs_BK.cpu(), y_B.cpu(), dataset)
    arguments = {**given.arguments, **how.arguments}
    values = [
        short_float(torchmetrics_function(name)(given.answers, given.targets, **arguments))
        for name in how.functions
    ]
    value = sum(values) / len(values)
    return value * dataset.target_std if metric.in_target_units else value
