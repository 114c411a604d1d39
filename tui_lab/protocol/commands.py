"""What can be asked of a run that trains. The engine takes commands between two steps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """End the run after the step at hand; it is closed with the status `stopped`.

    `test`: whether the weights of the best epoch are still scored on the test split.
    """

    test: bool = True


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Save a checkpoint now, and keep it for good."""


Command = Stop | Checkpoint
