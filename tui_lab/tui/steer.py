"""What the person at the screen asked of the run that goes on, and what became of it. No widget.

A value has three states that are never confused: in force (`RunView.hyper`), asked for (sent and not yet
answered, or queued for the next epoch), refused (with the reason).
"""

from collections.abc import Iterable

from tui_lab.errors import InputError
from tui_lab.protocol.commands import Command, Edit
from tui_lab.protocol.events import Record, RunEnded
from tui_lab.protocol.steering import CommandRefused, Edited, EditQueued, Withdrawn
from tui_lab.protocol.view import RunView
from tui_lab.spec.catalogue import Value, check, entry


class Steer:
    """Edits on their way to a run, by name of the hyperparameter.

    `asked` holds values that were sent and not answered, `refused` why one could not be had, until the
    next try; `typed` texts that were typed and not applied. `answer` is the last refusal of another command.
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

    def observe(self, records: Iterable[Record]) -> None:
        """Take in what the run has answered."""
        for record in records:
            match record.event:
                case Edited(name=name, new=value) | EditQueued(name=name, value=value):
                    self.refused.pop(name, None)
                    if self.asked.get(name) == value:
                        del self.asked[name]
                case Withdrawn(name=name):
                    self.refused.pop(name, None)
                    self.asked.pop(name, None)
                case CommandRefused(name=name, why=why) if name:
                    self.asked.pop(name, None)
                    self.refused[name] = why
                case CommandRefused(why=why):
                    self.answer = why
                case RunEnded():
                    self.asked, self.refused, self.answer = {}, {}, ""
                case _:
                    pass
