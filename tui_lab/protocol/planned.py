"""What a replayed or resumed run is to do again, and when."""

from dataclasses import dataclass

from tui_lab.protocol.commands import Edit, Stop


@dataclass(frozen=True, slots=True)
class Planned:
    """A command to carry out just after step `step`, as in the original run.

    Without a command: the run got this far. `time_up`: there the clock ended it.
    """

    step: int
    command: Edit | Stop | None
    time_up: bool = False
