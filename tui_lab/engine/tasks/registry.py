"""The engine's part of each task, by its name."""

from tui_lab.engine.tasks.binary import Binary
from tui_lab.engine.tasks.engine_task import EngineTask, Loss
from tui_lab.engine.tasks.multiclass import Multiclass
from tui_lab.engine.tasks.regression import Regression

ENGINE_TASKS: dict[str, EngineTask] = {
    "regression": Regression(),
    "binary": Binary(),
    "multiclass": Multiclass(),
}


def training_loss(task: str, label_smoothing: float = 0.0) -> Loss:
    """The training loss of a task."""
    return ENGINE_TASKS[task].loss(label_smoothing)
