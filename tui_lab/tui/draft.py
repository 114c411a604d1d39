"""A layer list that is being edited. No widget."""

from tui_lab.protocol.events import DataLoaded
from tui_lab.spec.memory import Memory, estimate
from tui_lab.spec.presets import Preset
from tui_lab.spec.shapes import PlannedLayer
from tui_lab.spec.sketch import SketchedLine, sketch

MOST = 200
_LEVELS = 200


class LayerDraft:
    """The lines of a network, the one in focus, and what can be taken back.

    `preset` has the hyperparameters that the next run will have; `data` is what is known of its table, None
    as long as nobody has looked.
    """

    def __init__(self, preset: Preset, data: DataLoaded | None) -> None:
        self.preset, self.data = preset, data
        self.lines = list(preset.model.layers)
        self.place = 0
        self.typed: str | None = None
        """What stands in the field in place of the line in focus, while one is open."""
        self._undo: list[tuple[list[str], int]] = []

    @property
    def changed(self) -> bool:
        """Whether the lines differ from those at the beginning."""
        return tuple(self.lines) != self.preset.model.layers

    @property
    def shown(self) -> tuple[str, ...]:
        """The lines with what is being typed among them."""
        lines = list(self.lines)
        if self.typed is not None:
            lines[self.place] = self.typed
        return tuple(lines)

    @property
    def outputs(self) -> int:
        """How many outputs the last layer has; of classes that nobody has counted yet, 2."""
        if self.preset.task != "multiclass":
            return 1
        return len(self.data.classes) if self.data is not None else 2

    def sketch(self) -> tuple[SketchedLine, ...]:
        """What each line makes, the last layer at the end."""
        shape = self.data.shape if self.data is not None else self.preset.data.shape
        lines = sketch(self.shown, self.preset.hyperparameters, shape, self.outputs)
        if self.data is None and self.preset.task == "multiclass":
            return (*lines[:-1], SketchedLine("linear, one output a class"))
        return lines

    def faults(self) -> tuple[str, ...]:
        """What keeps the list from being used, a sentence for each line at fault."""
        return tuple(
            f"layer {number}: {line.problem}" for number, line in enumerate(self.sketch(), 1) if line.problem
        )

    def memory(self) -> Memory | None:
        """What a run with these layers will need; None where that cannot be told."""
        lines = self.sketch()
        if self.data is None or any(line.problem for line in lines):
            return None
        planned: list[PlannedLayer] = [layer for line in lines for layer in line.layers]
        hyper, task = self.preset.hyperparameters, self.preset.task
        known, value_bytes = self.data, self.preset.data.value_bytes
        return estimate(planned, known.shape, hyper, task, known.split, value_bytes)

    def move(self, steps: int) -> None:
        """Go up or down, as far as there are lines."""
        self.place = max(0, min(self.place + steps, len(self.lines) - 1))

    def replace(self, text: str) -> None:
        """Give the line in focus another text; an empty one takes it away."""
        text = " ".join(text.split())
        if not text:
            self.delete()
        elif self.lines and text != self.lines[self.place]:
            if self.lines[self.place]:  # to insert a line and to fill it is one change
                self._keep()
            self.lines[self.place] = text

    def insert(self, above: bool = False) -> bool:
        """Make an empty line below (or above) the one in focus, and go there. False if there are too many."""
        if len(self.lines) >= MOST:
            return False
        self._keep()
        self.place = self.place if above or not self.lines else self.place + 1
        self.lines.insert(self.place, "")
        return True

    def delete(self) -> None:
        """Take the line in focus away."""
        if self.lines:
            self._keep()
            del self.lines[self.place]
            self.move(0)

    def shift(self, steps: int) -> None:
        """Move the line in focus up or down."""
        there = self.place + steps
        if self.lines and 0 <= there < len(self.lines):
            self._keep()
            self.lines.insert(there, self.lines.pop(self.place))
            self.place = there

    def undo(self) -> bool:
        """Take the last change back; whether there was one."""
        if not self._undo:
            return False
        self.lines, self.place = self._undo.pop()
        return True

    def drop_empty(self) -> None:
        """Forget an inserted line in which nothing was typed."""
        if self.lines and not self.lines[self.place]:
            self.undo()

    def _keep(self) -> None:
        self._undo = [*self._undo, (list(self.lines), self.place)][-_LEVELS:]
