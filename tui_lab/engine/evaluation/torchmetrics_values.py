"""The value of a metric by torchmetrics: on the test split, and wherever it has no formula.

Legend: B rows, K outputs.
"""

from collections.abc import Callable
from importlib import import_module
from math import nan

from torch import Tensor

from tui_lab.data.dataset import Dataset
from tui_lab.engine.tasks.engine_task import short_float
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.experiment.metrics import Metric


def torchmetrics_value(metric: Metric, task: str, outputs_BK: Tensor, y_B: Tensor, dataset: Dataset) -> float:
    """The metric of these outputs, as its record says."""
    how = metric.tasks[task]
    if len(y_B) < how.least_rows:
        return nan
    given = ENGINE_TASKS[task].given(how.given, outputs_BK.cpu(), y_B.cpu(), dataset)
    values = [
        short_float(_function(name)(given.answers, given.targets, **given.arguments, **how.arguments))
        for name in how.functions
    ]
    value = sum(values) / len(values)
    return value * dataset.target_std if metric.in_target_units else value


def _function(name: str) -> Callable[..., Tensor]:
    """A function of torchmetrics, such as `regression.r2_score`."""
    module, _, function = name.rpartition(".")
    found: Callable[..., Tensor] = getattr(import_module(f"torchmetrics.functional.{module}"), function)
    return found
