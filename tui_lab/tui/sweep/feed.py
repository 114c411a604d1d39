"""What the screen of a sweep needs from outside, and what it wants done there."""

from dataclasses import dataclass
from typing import Protocol

from tui_lab.protocol.sweeps.commands import SweepCommand
from tui_lab.protocol.sweeps.view import SweepView


class SweepFeed(Protocol):
    """A sweep that goes on, or one that has ended.

    `view`: what is known of it so far. `alive`: whether anybody trains it, so that it takes commands. `name`:
    what it is called. `problem`: why nothing more can be read; empty if all is well.
    """

    view: SweepView

    @property
    def alive(self) -> bool: ...

    @property
    def name(self) -> str: ...

    @property
    def problem(self) -> str: ...

    def poll(self) -> bool:
        """Take in new records, without waiting for any; whether `view` or anything else here changed."""
        ...

    def send(self, command: SweepCommand) -> bool:
        """Whether the command was delivered; what comes of it is in the records."""
        ...


@dataclass(frozen=True, slots=True)
class OpenTrial:
    """Show a trial in the lab, as any run."""

    run_id: str


@dataclass(frozen=True, slots=True)
class ForkTrial:
    """Start a fork of a trial in the lab."""

    run_id: str


@dataclass(frozen=True, slots=True)
class SavePreset:
    """Write the experiment of a trial to a preset file. `trial`: its number."""

    trial: int


Wish = OpenTrial | ForkTrial | SavePreset
"""What the screen cannot do itself."""
