"""Where the commands of a run come from: a plan, and a queue."""

import sys
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import NamedTuple

from tui_lab.protocol.commands import Command, Edit
from tui_lab.protocol.planned import Planned

WAIT_S = 1.0
"""How long a paused run waits for a command before it checks whether to save again."""


class PolledCommand(NamedTuple):
    """A command, and whether it was planned, that is, made before in the run that is resumed or replayed."""

    command: Command
    planned: bool


class CommandSource:
    """Gives commands one by one: those planned for a step first, then those that were sent."""

    def __init__(self, commands: SimpleQueue[Command], plan: Sequence[Planned]) -> None:
        self._commands = commands
        self._plan = list(reversed(plan))
        self.waited_s = 0.0

    @property
    def pending(self) -> bool:
        """Whether there may be a command for the next step."""
        return bool(self._plan) or not self._commands.empty()

    def free_until(self, step: int) -> int:
        """How many updates may follow `step` before the next planned command."""
        return self._plan[-1].step - step if self._plan else sys.maxsize

    def poll(self, step: int) -> PolledCommand | None:
        """The next command after `step` updates, if there is one."""
        while self._plan and self._plan[-1].step <= step:
            planned = self._plan.pop().command
            if planned is not None:
                return PolledCommand(planned, planned=True)
        sent = self._sent()
        return None if sent is None else PolledCommand(sent, planned=False)

    def _sent(self) -> Command | None:
        """The next command that was sent, if there is one."""
        return None if self._commands.empty() else self._commands.get()

    def wait(self) -> PolledCommand | None:
        """The next command that is sent; None if none has come for a while."""
        began = perf_counter()
        try:
            return PolledCommand(self._commands.get(timeout=WAIT_S), planned=False)
        except Empty:
            return None
        finally:
            self.waited_s += perf_counter() - began

    def the_rest(self) -> Iterator[Command]:
        """The commands that were sent too late."""
        while not self._commands.empty():
            yield self._commands.get()

    def goes_on(self, step: int) -> bool:
        """Whether the original run continued after `step`, with an edit or to a later step."""
        return any(planned.command is not None or planned.step > step for planned in self._plan)

    def time_was_up(self, step: int) -> bool:
        """Whether the clock ended the original run at `step`."""
        return any(planned.time_up and planned.step <= step for planned in self._plan)

    def drop_edits(self, name: str) -> list[tuple[Edit, int]]:
        """Remove the planned edits of a hyperparameter; returns them with their steps, in order."""
        dropped = [p for p in reversed(self._plan) if isinstance(p.command, Edit) and p.command.name == name]
        self._plan = [planned for planned in self._plan if planned not in dropped]
        return [(p.command, p.step) for p in dropped if isinstance(p.command, Edit)]
