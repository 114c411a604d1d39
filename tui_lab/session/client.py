"""How a screen or a command line sees a run that is being trained."""

from typing import Literal, Protocol

from tui_lab.protocol.commands import Command
from tui_lab.protocol.events import Record
from tui_lab.protocol.view import RunView

OnQuit = Literal["ask", "leave", "stop"]
"""What leaving a screen does with a run that trains in a process of its own."""


class Client(Protocol):
    """One run that trains somewhere else: in a thread of this process, or in another process.

    No method blocks. Nothing is pushed: whoever watches calls `drain` on a timer of its own.
    """

    @property
    def run_id(self) -> str | None:
        """The name of the run's folder; None until the experiment has been checked."""
        ...

    @property
    def refused(self) -> tuple[str, ...]:
        """Why the experiment could not be started, a sentence each; empty if it could."""
        ...

    @property
    def alive(self) -> bool:
        """Whether records may still come. Once false, one last `drain` gives what is left."""
        ...

    def past(self) -> RunView | None:
        """Once, and before any record: the view of a long run as far as its journal tells, made elsewhere.

        Drained records come after it. None where they tell the run from its beginning.
        """
        ...

    def drain(self) -> list[Record]:
        """The records since the last call, in order; lossless but for thinned step losses."""
        ...

    def send(self, command: Command) -> bool:
        """Ask for something; whether somebody took it. The answer itself is an event."""
        ...

    def close(self, timeout_s: float) -> bool:
        """Stop without a test and wait at most `timeout_s` seconds; whether the training has ended."""
        ...
