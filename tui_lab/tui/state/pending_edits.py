"""The edits requested on the screen, and what became of them. No widgets.

A value is in one of three states: in force (`RunView.hyper`), requested (sent but not answered, or queued for
the next epoch), or refused (with the reason).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic

from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import Value, check, entry, format_value
from tui_lab.protocol.commands import Command, Edit
from tui_lab.protocol.events import Record, RunEnded, RunResumed
from tui_lab.protocol.steering_events import CommandRefused, Edited, EditQueued, Superseded, Undone, Withdrawn
from tui_lab.protocol.view import RunView
from tui_lab.tui.style.text import cut

QUIET_S = 1.0
"""Delay between the last press of an arrow key and sending its value (docs/adr/0008)."""


UNHEARD = "the process training this run does not accept commands from here"
OF_SWEEP = "this trial is trained by its sweep; esc goes to the sweep, where it can be steered"


@dataclass(frozen=True, slots=True)
class Held:
    """A value being changed with the arrow keys: not sent before `due`, as more presses may follow."""

    name: str
    value: Value
    due: float


@dataclass(frozen=True, slots=True)
class RequestedEdits:
    """Edits requested of a run: values, and texts typed but not applied, by hyperparameter."""

    values: dict[str, Value]
    typed: dict[str, str]

    def __bool__(self) -> bool:
        return bool(self.values or self.typed)


class PendingEdits:
    """Edits on their way to a run, by name of the hyperparameter.

    `held` is the value being changed and not sent yet. `asked` holds values that were sent but not answered;
    `refused` the reasons of refusals, until the next attempt, an undo, or the cursor moves on; `typed` texts
    that were typed but not applied. `answer` is the message about the last command: why it was refused, what
    was undone, what else an edit did.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self.held: Held | None = None
        self.asked: dict[str, Value] = {}
        self.refused: dict[str, str] = {}
        self.typed: dict[str, str] = {}
        self.answer = ""

    def value(self, view: RunView, name: str) -> Value:
        """Where the next notch starts: at the latest requested value, or the one in force."""
        pending = self.pending(view, name)
        if pending is not None:
            return pending
        found: Value = getattr(view.hyper, name)
        return found

    def pending(self, view: RunView, name: str) -> Value | None:
        """The latest value that is not in force yet: being changed, sent, or queued for the next epoch."""
        if self.held is not None and self.held.name == name:
            return self.held.value
        if name in self.asked:
            return self.asked[name]
        return view.queued[name].value if name in view.queued else None

    @property
    def wanted(self) -> RequestedEdits:
        """All edits that the run has not answered yet."""
        held = {} if self.held is None else {self.held.name: self.held.value}
        return RequestedEdits({**self.asked, **held}, dict(self.typed))

    @property
    def due(self) -> bool:
        """Whether the held value should be sent now."""
        return self.held is not None and self._clock() >= self.held.due

    def hold(self, view: RunView, name: str, value: Value) -> None:
        """Hold a value until there has been no further press for `QUIET_S`.

        A value that is back where it started is not held.
        """
        self.held = None
        if self._acceptable(name, value) and value != self.value(view, name):
            self.held = Held(name, value, self._clock() + QUIET_S)

    def release(self, view: RunView) -> Command | None:
        """The command for the held value; None if there is none or it is back where it started."""
        held, self.held = self.held, None
        if held is None or self.value(view, held.name) == held.value:
            return None
        return self.edit(held.name, held.value)

    def edit(self, name: str, value: Value, why: str = "") -> Command | None:
        """The command for a value; None if it is refused here, which is recorded."""
        if self.held is not None and self.held.name == name:
            self.held = None
        if not self._acceptable(name, value):
            return None
        self.asked[name] = value
        return Edit(name, value, why)

    def _acceptable(self, name: str, value: Value) -> bool:
        self.refused.pop(name, None)
        self.answer = ""
        try:
            if not entry(name).knob.live:
                raise InputError("cannot change during a run; f forks it with another value")
            check(name, value)
        except InputError as error:
            self.refused[name] = str(error)
            return False
        return True

    def drop(self) -> bool:
        """Cancel the held value; returns whether there was one."""
        held, self.held = self.held, None
        if held is not None:
            self.answer = f"cancelled: {held.name} {told(held.value)} was not sent yet"
        return held is not None

    def unheard(self, name: str, why: str = UNHEARD) -> None:
        """Record that a command could not be delivered."""
        self.asked.pop(name, None)
        self.refused[name] = f"not applied: {why}"

    def forget(self, name: str) -> None:
        """Drop a refusal that was read."""
        self.refused.pop(name, None)

    def observe(self, records: Iterable[Record]) -> None:
        """Process the run's answers."""
        for record in records:
            match record.event:
                case Edited(note=note) as edited if note:
                    self._granted(edited.name, edited.new)
                    self.answer = f"{edited.name} {told(edited.new)}: {note}"
                case Edited(name=name, new=value) | EditQueued(name=name, value=value):
                    self._granted(name, value)
                case Undone() as undone:
                    self.refused = {}
                    change = f"{undone.name} {told(undone.new)} → {told(undone.old)}"
                    self.answer = f"undone: {change}; back at step {undone.step:,}"
                case Withdrawn(name=name, value=value):
                    self.refused.pop(name, None)
                    self.asked.pop(name, None)
                    self.answer = f"undone: {name} {told(value)} is no longer queued"
                case Superseded(name=name, value=value, planned=planned):
                    self.refused.pop(name, None)
                    self.asked.pop(name, None)
                    earlier = f"{name} {told(value)} after step {planned:,}"
                    self.answer = f"not made again, as this edit is newer: {earlier}"
                case CommandRefused(name=name, why=why) if name:
                    self.asked.pop(name, None)
                    self.refused[name] = why
                case CommandRefused(why=why):
                    self.answer = why
                case RunEnded():
                    lost = self.held
                    self.held, self.asked, self.refused, self.answer = None, {}, {}, ""
                    if lost is not None:
                        name, value = lost.name, told(lost.value)
                        self.answer = f"the run ended before {name} {value} was sent to it"
                case RunResumed():
                    self.refused, self.answer = {}, ""

    def _granted(self, name: str, value: Value) -> None:
        self.refused.pop(name, None)
        if self.asked.get(name) == value:
            del self.asked[name]


def told(value: Value) -> str:
    """A value as short text."""
    return cut(format_value(value), 20)
