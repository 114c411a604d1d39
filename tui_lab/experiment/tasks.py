"""The tasks: one record each, with all that is known about it without tensors.

What the engine does for a task is in `engine/tasks/`, its metrics are those that name it in `metrics.py`.
"""

from dataclasses import dataclass
from typing import Literal

Task = Literal["regression", "binary", "multiclass"]


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task.

    `answer`: what is predicted, in a few words. `classes`: the smallest and the largest number of classes;
    None if the target is a number. `output_per_class`: otherwise the network has one output. `target_type`:
    the torch type of a row's target.
    """

    name: Task
    answer: str
    classes: tuple[int, int | None] | None
    output_per_class: bool
    target_type: Literal["float32", "int64"]

    @property
    def numeric(self) -> bool:
        """Whether the target is a number, which is scaled, and not a class."""
        return self.classes is None

    def outputs(self, classes: int) -> int:
        return classes if self.output_per_class else 1

    @property
    def last_layer(self) -> str:
        """The output layer while the number of classes is unknown."""
        return "linear, one output per class" if self.output_per_class else "linear 1"


TASKS: dict[Task, TaskRecord] = {
    record.name: record
    for record in (
        TaskRecord("regression", "a number", None, output_per_class=False, target_type="float32"),
        TaskRecord("binary", "two classes", (2, 2), output_per_class=False, target_type="float32"),
        TaskRecord("multiclass", "several classes", (2, None), output_per_class=True, target_type="int64"),
    )
}
