"""What can be asked of a run that trains. The engine takes commands between two steps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """End the run after the step at hand; it is closed with the status `stopped`."""


Command = Stop
