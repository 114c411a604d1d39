"""The hyperparameters of a fork that has not been started, for the form."""

from dataclasses import replace

from tui_lab.experiment.catalogue import Hyperparameter, Value
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.sources import Inputs
from tui_lab.protocol.view import RunView
from tui_lab.tui.lab.form.form_models import Board, inputs_of
from tui_lab.tui.lab.form.hyperparameter_rows import FormRow
from tui_lab.tui.style.text import cut


class ForkDraft(Board):
    """The hyperparameters of a fork that has not been started."""

    def __init__(self, view: RunView) -> None:
        assert view.hyper is not None
        self._parent, self._inputs = view.hyper, inputs_of(view)
        self._name = cut(view.experiment.preset, 30) if view.experiment else "run"
        self._running = view.status == "running"
        self.changes: dict[str, Value] = {}
        self._typed: dict[str, str] = {}

    def title(self, room: int) -> str:
        return "Fork · not started"

    @property
    def typed(self) -> dict[str, str]:
        return self._typed

    @property
    def note(self) -> str:
        """Where it starts; the footer shows the keys."""
        where = "from its current step" if self._running else "from its last step"
        return f"fork of {self._name} {where}"

    @property
    def inputs(self) -> Inputs:
        return self._inputs

    @property
    def values(self) -> Hyperparameters:
        return self._parent.model_copy(update=self.changes)

    def row(self, item: Hyperparameter) -> FormRow:
        """With the parent's value, if the fork's differs."""
        row = super().row(item)
        return replace(row, now=getattr(self._parent, item.name)) if row.changed else row

    def set(self, name: str, value: Value, why: str = "") -> None:
        """Change it; the parent's own value does not count as a change."""
        if value == getattr(self._parent, name):
            self.changes.pop(name, None)
        else:
            self.changes[name] = value

    def origin(self, name: str) -> tuple[str, Value]:
        found: Value = getattr(self._parent, name)
        return "parent", found
