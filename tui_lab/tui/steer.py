"""What the person at the screen asked of the run that goes on, and what became of it. No widget.

A value has three states that are never confused: in force (`RunView.hyper`), asked for (sent and not yet
answered, or queued for the next epoch), refused (with the reason).
"""

from collections.abc import Iterable

from tui_lab.errors import InputError
from tui_lab.protocol.commands import Command, Edit
from tui_lab.protocol.events import Record, RunEnded, RunResumed
from tui_lab.protocol.steering import CommandRefused, Edited, EditQueued, Undone, Withdrawn
from tui_lab.protocol.view import RunView
from tui_lab.safe import safe
from tui_lab.spec.catalogue import Value, check, entry, format_value


class Steer:
    """Edits on their way to a run, by name of the hyperparameter.

    `asked` holds values that were sent and not answered, `refused` why one could not be had, until the
    next try, an undo, or the cursor goes on; `typed` texts that were typed and not applied. `answer` is what
    there is to say of the last command: why it was refused, what was undone, what else an edit did.
    """

    def __init__(self) -> None:
        self.asked: dict[str, Value] = {}
        self.refused: dict[str, str] = {}
        self.typed: dict[str, str] = {}
        self.answer = ""

    def value(self, view: RunView, name: str) -> Value:
        """What the next notch starts from: the latest that was asked for, or what is in force."""
        if name in self.asked:
            return self.asked[name]
        if name in view.queued:
            return view.queued[name].value
        found: Value = getattr(view.hyper, name)
        return found

    def edit(self, name: str, value: Value) -> Command | None:
        """The command for a wish; None if it can be refused at once, which is noted then."""
        self.refused.pop(name, None)
        self.answer = ""
        try:
            if not entry(name).knob.live:
                raise InputError("is settled for this run; f forks it with another")
            check(name, value)
        except InputError as error:
            self.refused[name] = str(error)
            return None
        self.asked[name] = value
        return Edit(name, value)

    def unheard(self, name: str) -> None:
        """Nobody took the command."""
        self.asked.pop(name, None)
        self.refused[name] = "nobody took it: the process that trains this run cannot be steered from here"

    def forget(self, name: str) -> None:
        """The refusal of a value was read."""
        self.refused.pop(name, None)

    def observe(self, records: Iterable[Record]) -> None:
        """Take in what the run has answered."""
        for record in records:
            match record.event:
                case Edited(note=note) as edited if note:
                    self._granted(edited.name, edited.new)
                    self.answer = f"{safe(edited.name, 40)} {told(edited.new)}: {safe(note, 200)}"
                case Edited(name=name, new=value) | EditQueued(name=name, value=value):
                    self._granted(name, value)
                case Undone() as undone:
                    self.refused = {}
                    change = f"{safe(undone.name, 40)} {told(undone.new)} → {told(undone.old)}"
                    self.answer = f"undone: {change}; back at step {undone.step:,}"
                case Withdrawn(name=name, value=value):
                    self.refused.pop(name, None)
                    self.asked.pop(name, None)
                    self.answer = f"taken back: {safe(name, 40)} {told(value)} waits for no epoch any more"
                case CommandRefused(name=name, why=why) if name:
                    self.asked.pop(name, None)
                    self.refused[name] = why
                case CommandRefused(why=why):
                    self.answer = why
                case RunEnded():
                    self.asked, self.refused, self.answer = {}, {}, ""
                case RunResumed():
                    self.refused, self.answer = {}, ""
                case _:
                    pass

    def _granted(self, name: str, value: Value) -> None:
        self.refused.pop(name, None)
        if self.asked.get(name) == value:
            del self.asked[name]


def told(value: Value) -> str:
    """A value in few cells."""
    return safe(format_value(value), 20)
