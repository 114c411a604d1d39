"""A layer list being edited. No widgets."""

from tui_lab.experiment.network.layer_kinds import PlannedLayer
from tui_lab.experiment.network.memory import Memory, estimate
from tui_lab.experiment.network.sketch import SketchedLine, sketch
from tui_lab.experiment.presets import Preset
from tui_lab.experiment.tasks import TASKS, TaskRecord
from tui_lab.protocol.events import DataLoaded

MOST = 200
_LEVELS = 200


class LayerDraft:
    """The lines of a network, the selected one, and the undo history.

    `preset` has the hyperparameters of the next run; `data` describes its data, None until they are read.
    """

    def __init__(self, preset: Preset, data: DataLoaded | None) -> None:
        self.preset, self.data = preset, data
        self.lines = list(preset.model.layers)
        self.place = 0
        self.typed: str | None = None
        """The text in the field in place of the selected line, while it is open."""
        self._undo: list[tuple[list[str], int]] = []

    @property
    def changed(self) -> bool:
        """Whether the lines differ from the original ones."""
        return tuple(self.lines) != self.preset.model.layers

    @property
    def shown(self) -> tuple[str, ...]:
        """The lines, including the text being typed."""
        lines = list(self.lines)
        if self.typed is not None:
            lines[self.place] = self.typed
        return tuple(lines)

    @property
    def _task(self) -> TaskRecord:
        return TASKS[self.preset.task]

    @property
    def outputs(self) -> int:
        """The number of outputs of the last layer; 2 while the number of classes is unknown."""
        return self._task.outputs(len(self.data.classes) if self.data is not None else 2)

    @property
    def chosen(self) -> SketchedLine | None:
        """The selected line with its layers; None if there is no line."""
        return self.sketch()[self.place] if self.lines else None

    def sketch(self) -> tuple[SketchedLine, ...]:
        """The layers of each line, and the output layer."""
        shape = self.data.shape if self.data is not None else self.preset.data.shape
        lines = sketch(self.shown, self.preset.hyperparameters, shape, self.outputs)
        if self.data is None and self._task.output_per_class:
            return (*lines[:-1], SketchedLine(self._task.last_layer))
        return lines

    def faults(self) -> tuple[str, ...]:
        """The errors that prevent use of the list, one for each line with an error."""
        return tuple(
            f"layer {number}: {line.problem}" for number, line in enumerate(self.sketch(), 1) if line.problem
        )

    def memory(self) -> Memory | None:
        """The memory that a run with these layers needs; None if unknown."""
        lines = self.sketch()
        if self.data is None or any(line.problem for line in lines):
            return None
        planned: list[PlannedLayer] = [layer for line in lines for layer in line.layers]
        hyper, task = self.preset.hyperparameters, self.preset.task
        known, value_bytes = self.data, self.preset.data.value_bytes
        return estimate(planned, known.shape, hyper, task, known.split, value_bytes)

    def move(self, steps: int) -> None:
        self.place = max(0, min(self.place + steps, len(self.lines) - 1))

    def replace(self, text: str) -> None:
        """Change the text of the selected line; an empty text deletes it."""
        text = " ".join(text.split())
        if not text:
            self.delete()
        elif self.lines and text != self.lines[self.place]:
            if self.lines[self.place]:  # inserting a line and filling it is one change
                self._keep()
            self.lines[self.place] = text

    def insert(self, above: bool = False) -> bool:
        """Insert an empty line below (or above) the selected one and select it. False if the list is full."""
        if len(self.lines) >= MOST:
            return False
        self._keep()
        self.place = self.place if above or not self.lines else self.place + 1
        self.lines.insert(self.place, "")
        return True

    def delete(self) -> None:
        if self.lines:
            self._keep()
            del self.lines[self.place]
            self.move(0)

    def shift(self, steps: int) -> None:
        """Move the selected line up or down."""
        there = self.place + steps
        if self.lines and 0 <= there < len(self.lines):
            self._keep()
            self.lines.insert(there, self.lines.pop(self.place))
            self.place = there

    def undo(self) -> bool:
        """Undo the last change; returns whether there was one."""
        if not self._undo:
            return False
        self.lines, self.place = self._undo.pop()
        return True

    def drop_empty(self) -> None:
        """Remove an inserted line that was left empty."""
        if self.lines and not self.lines[self.place]:
            self.undo()

    def _keep(self) -> None:
        self._undo = [*self._undo, (list(self.lines), self.place)][-_LEVELS:]
