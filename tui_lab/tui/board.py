"""Whose hyperparameters the form turns: those of the next run, of the one that trains, or of a fork."""

from typing import Protocol

from rich.cells import cell_len

from tui_lab.protocol.view import RunView
from tui_lab.safe import safe
from tui_lab.spec.catalogue import Entry, Value
from tui_lab.spec.experiment import Inputs
from tui_lab.spec.hyperparameters import Hyperparameters
from tui_lab.tui.desk import Desk
from tui_lab.tui.panes.knob_rows import Row, reason_unused
from tui_lab.tui.watch import Watch


class Board(Protocol):
    """What the form shows. Values given to `set` were checked as those of a file are."""

    @property
    def usable(self) -> bool:
        """Whether there is anything to turn."""
        ...

    @property
    def typed(self) -> dict[str, str]:
        """Texts that were typed and not applied yet, by name; the form changes it."""
        ...

    def title(self, room: int) -> str:
        """What the pane is called, in so many cells if that can be."""
        ...

    @property
    def note(self) -> str:
        """What stands above the list, if anything."""
        ...

    @property
    def inputs(self) -> Inputs:
        """What the network is given: it decides which hyperparameters have a meaning."""
        ...

    @property
    def values(self) -> Hyperparameters:
        """The values by which it is judged what matters."""
        ...

    def value(self, name: str) -> Value:
        """What the next notch starts from."""
        ...

    def row(self, item: Entry) -> Row:
        """A row as it stands."""
        ...

    def set(self, name: str, value: Value) -> None:
        """Change a value."""
        ...

    def turn(self, name: str, value: Value) -> None:
        """Change a value by an arrow, of which there may be more at once."""
        ...

    def reset(self, name: str) -> None:
        """Go back to the value of `origin`."""
        ...

    def origin(self, name: str) -> tuple[str, Value]:
        """What was there before any change, and whose value that is."""
        ...

    def leave(self, name: str) -> None:
        """The cursor has left a row."""
        ...


def inputs_of(view: RunView) -> Inputs:
    """What the network of a run is given."""
    return view.experiment.data.inputs if view.experiment else "columns"


class NextRun:
    """The hyperparameters of the next run."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def typed(self) -> dict[str, str]:
        """Texts typed for the chosen preset."""
        return self._desk.typed

    def title(self, room: int) -> str:
        """The preset's name."""
        preset = self._desk.preset
        whose = f" · {safe(preset.name, 40)}" if preset else ""
        name = "Hyperparameters" + whose
        return name if cell_len(name) <= room else "Next run" + whose

    @property
    def note(self) -> str:
        """That its layers are others, if they are."""
        return "layers edited (e)" if self._desk.relayered else ""

    @property
    def inputs(self) -> Inputs:
        """Those of the preset."""
        preset = self._desk.preset
        return preset.data.inputs if preset else "columns"

    @property
    def values(self) -> Hyperparameters:
        """Those on the desk."""
        return self._desk.values

    def value(self, name: str) -> Value:
        """The value on the desk."""
        found: Value = getattr(self._desk.values, name)
        return found

    def row(self, item: Entry) -> Row:
        """The value, and whether it was changed."""
        name = item.name
        return Row(
            item,
            self.value(name),
            self._desk.changed(name),
            typed=self.typed.get(name),
            reason=reason_unused(name, self._desk.values),
        )

    @property
    def usable(self) -> bool:
        """Whether there is a preset."""
        return self._desk.preset is not None

    def set(self, name: str, value: Value) -> None:
        """Change it on the desk."""
        self._desk.set(name, value)

    def turn(self, name: str, value: Value) -> None:
        """Change it on the desk."""
        self._desk.set(name, value)

    def reset(self, name: str) -> None:
        """Back to the preset's value."""
        self._desk.reset(name)

    def origin(self, name: str) -> tuple[str, Value]:
        """The preset's value."""
        return "preset", self._desk.original(name)

    def leave(self, name: str) -> None:
        """Nothing was refused."""


class RunValues:
    """What the form says of a run whatever it is doing: the values in force last, and those it began with."""

    usable = True

    def __init__(self, view: RunView) -> None:
        self._view = view

    @property
    def note(self) -> str:
        """Nothing: the title says it."""
        return ""

    @property
    def inputs(self) -> Inputs:
        """Those of the run."""
        return inputs_of(self._view)

    @property
    def values(self) -> Hyperparameters:
        """Those in force last."""
        return self._view.hyper or Hyperparameters()

    def origin(self, name: str) -> tuple[str, Value]:
        """The value that the run began with."""
        asked = self._view.experiment
        found: Value = getattr(asked.hyperparameters if asked else self.values, name)
        return "began", found


class LiveRun(RunValues):
    """The hyperparameters of the run that trains: an edit is a command, and in force once it is answered.

    One that starts is asked already; it answers when it has begun.
    """

    def __init__(self, watch: Watch, view: RunView) -> None:
        super().__init__(view)
        self._watch, self._steer = watch, watch.steer

    @property
    def typed(self) -> dict[str, str]:
        """Texts typed while it trains."""
        return self._steer.typed

    def title(self, room: int) -> str:
        """Says that edits take effect at once, or when the run has begun."""
        return "Starting · edits queued" if self._watch.begins else "Live · edits apply now"

    def value(self, name: str) -> Value:
        """The latest that was asked for, or what is in force."""
        return self._steer.value(self._view, name)

    def row(self, item: Entry) -> Row:
        """What is in force, what was asked for, and what was refused."""
        name, values = item.name, self.values
        in_force: Value = getattr(values, name)
        queued = self._view.queued.get(name)
        return Row(
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

    def set(self, name: str, value: Value) -> None:
        """Ask for it."""
        command = self._steer.edit(name, value)
        if command is not None and not self._watch.send(command):
            self._steer.unheard(name)

    def turn(self, name: str, value: Value) -> None:
        """Ask for it once no further press comes: many presses are one edit."""
        held = self._steer.held
        if held is not None and held.name != name:
            self._watch.flush()
        self._steer.hold(self._view, name, value)

    def reset(self, name: str) -> None:
        """Ask for the value that the run began with."""
        self.turn(name, self.origin(name)[1])

    def leave(self, name: str) -> None:
        """Send what was being turned; why one was refused has been read."""
        self._watch.flush()
        self._steer.forget(name)
