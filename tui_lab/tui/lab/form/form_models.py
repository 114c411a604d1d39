"""Whose hyperparameters the form edits: those of the next run, the one that trains, or a fork."""

from rich.cells import cell_len

from tui_lab.experiment.catalogue import Hyperparameter, Value
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.sources import Inputs
from tui_lab.protocol.view import RunView
from tui_lab.tui.lab.form.hyperparameter_rows import FormRow, reason_unused
from tui_lab.tui.state.next_run import NextRun
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.style.text import cut


class Board:
    """What the form shows and edits. Values passed to `set` are already validated."""

    @property
    def usable(self) -> bool:
        """Whether there is anything to edit."""
        return True

    @property
    def note(self) -> str:
        """The text above the list, if any."""
        return ""

    @property
    def takes_reasons(self) -> bool:
        """Whether a change is an edit, which can have a reason."""
        return False

    @property
    def typed(self) -> dict[str, str]:
        """Texts typed but not applied, by name; the form modifies this."""
        raise NotImplementedError

    def title(self, room: int) -> str:
        """The title of the pane, in `room` cells if possible."""
        raise NotImplementedError

    @property
    def inputs(self) -> Inputs:
        """The kind of input, which decides which hyperparameters apply."""
        raise NotImplementedError

    @property
    def values(self) -> Hyperparameters:
        """The values that decide which hyperparameters are used."""
        raise NotImplementedError

    def value(self, name: str) -> Value:
        """Where the next notch starts."""
        found: Value = getattr(self.values, name)
        return found

    def row(self, item: Hyperparameter) -> FormRow:
        """One row of the list."""
        name, value = item.name, self.value(item.name)
        reason = reason_unused(name, self.values)
        return FormRow(item, value, value != self.origin(name)[1], typed=self.typed.get(name), reason=reason)

    def set(self, name: str, value: Value, why: str = "") -> None:
        """Change a value; `why` only if the board `takes_reasons`."""
        raise NotImplementedError

    def turn(self, name: str, value: Value) -> None:
        """Change a value with an arrow key, which may be pressed several times."""
        self.set(name, value)

    def reset(self, name: str) -> None:
        """Reset to the value of `origin`."""
        self.turn(name, self.origin(name)[1])

    def origin(self, name: str) -> tuple[str, Value]:
        """Whose original value it is, and that value."""
        raise NotImplementedError

    def leave(self, name: str) -> None:
        """The cursor has left a row."""


def inputs_of(view: RunView) -> Inputs:
    """The kind of input of a run."""
    return view.experiment.data.inputs if view.experiment else "columns"


class NextRunValues(Board):
    """The hyperparameters of the next run."""

    def __init__(self, next_run: NextRun) -> None:
        self._next_run = next_run

    @property
    def typed(self) -> dict[str, str]:
        return self._next_run.typed

    def title(self, room: int) -> str:
        preset = self._next_run.preset
        whose = f" · {cut(preset.name, 40)}" if preset else ""
        name = "Hyperparameters" + whose
        return name if cell_len(name) <= room else "Next run" + whose

    @property
    def note(self) -> str:
        """Says if its layers were changed."""
        return "layers edited (e)" if self._next_run.relayered else ""

    @property
    def inputs(self) -> Inputs:
        preset = self._next_run.preset
        return preset.data.inputs if preset else "columns"

    @property
    def values(self) -> Hyperparameters:
        return self._next_run.values

    @property
    def usable(self) -> bool:
        return self._next_run.preset is not None

    def set(self, name: str, value: Value, why: str = "") -> None:
        self._next_run.set(name, value)

    def origin(self, name: str) -> tuple[str, Value]:
        return "preset", self._next_run.original(name)


class RunValues(Board):
    """What the form shows of any run: the values last in force, and those it began with."""

    def __init__(self, view: RunView) -> None:
        self._view = view

    @property
    def inputs(self) -> Inputs:
        return inputs_of(self._view)

    @property
    def values(self) -> Hyperparameters:
        return self._view.hyper or Hyperparameters()

    def origin(self, name: str) -> tuple[str, Value]:
        asked = self._view.experiment
        found: Value = getattr(asked.hyperparameters if asked else self.values, name)
        return "initial", found


class LiveRun(RunValues):
    """The hyperparameters of an active run: an edit is a command, and in force once it is answered.

    A run that is still starting accepts commands and answers them when it has begun.
    """

    def __init__(self, watch: ShownRun, view: RunView) -> None:
        super().__init__(view)
        self._watch, self._steer = watch, watch.steer

    @property
    def typed(self) -> dict[str, str]:
        return self._steer.typed

    def title(self, room: int) -> str:
        return "Starting · edits apply then" if self._watch.begins else "Live · edits apply now"

    def value(self, name: str) -> Value:
        return self._steer.value(self._view, name)

    def row(self, item: Hyperparameter) -> FormRow:
        """The value in force, what was requested, and what was refused."""
        name, values = item.name, self.values
        in_force: Value = getattr(values, name)
        queued = self._view.queued.get(name)
        return FormRow(
            item,
            in_force,
            in_force != self.origin(name)[1],
            typed=self.typed.get(name),
            reason=reason_unused(name, values),
            asked=self._steer.pending(self._view, name),
            waits="next epoch" if queued else "at start" if self._watch.begins else "…",
            refused=self._steer.refused.get(name, ""),
            settled=not item.knob.live,
        )

    @property
    def takes_reasons(self) -> bool:
        return True

    def set(self, name: str, value: Value, why: str = "") -> None:
        self._watch.edit(name, value, why)

    def turn(self, name: str, value: Value) -> None:
        """Send it once there are no further presses: many presses are one edit."""
        held = self._steer.held
        if held is not None and held.name != name:
            self._watch.flush()
        self._steer.hold(self._view, name, value)

    def leave(self, name: str) -> None:
        """Send the held value; drop a refusal, which has been read."""
        self._watch.flush()
        self._steer.forget(name)
