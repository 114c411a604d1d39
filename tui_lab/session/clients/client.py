"""What a screen or the command line uses to watch and control a run while it trains."""

from typing import Protocol

from tui_lab.protocol.commands import Command
from tui_lab.protocol.events import Record
from tui_lab.protocol.view import RunView


class Client(Protocol):
    """One run that trains in a thread of this process, or in another process.

    No method blocks. Nothing is pushed: the caller polls `drain` on its own timer.
    """

    @property
    def run_id(self) -> str | None:
        """The name of the run's folder; None until the experiment has been checked."""

    @property
    def refused(self) -> tuple[str, ...]:
        """Why the experiment could not be started, one sentence per problem; empty if it could."""

    @property
    def damaged(self) -> int:
        """How many records could not be read so far, because lines of the journal are damaged."""

    @property
    def alive(self) -> bool:
        """Whether records may still come. Once false, one last `drain` returns what is left."""

    def past(self) -> RunView | None:
        """The view of a long run up to now, folded elsewhere; returned once, before any record.

        Drained records come after it. None if the records start at the beginning of the run.
        """

    def drain(self) -> list[Record]:
        """The records since the last call, in order; lossless except that step losses may be thinned."""

    def send(self, command: Command) -> bool:
        """Send a command; whether it was accepted. Its effect arrives as an event."""

    def close(self, timeout_s: float) -> bool:
        """Stop without testing and wait up to `timeout_s` seconds; whether training has ended."""
