"""What the loop has to do for a command. `Steering` says it, the loop does it."""

from dataclasses import dataclass

from tui_lab.engine.checkpoints.saver import Reason
from tui_lab.protocol.commands import Inspection
from tui_lab.protocol.events import Event


@dataclass(frozen=True, slots=True)
class Report:
    """Yield the losses not reported yet: they come before the answer to a command."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Yield an event."""

    event: Event


@dataclass(frozen=True, slots=True)
class Save:
    """Save a checkpoint."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Inspect:
    """Pass data through the network, and yield what was seen."""

    command: Inspection


@dataclass(frozen=True, slots=True)
class Idle:
    """The run is paused, and no command has come for a while."""


Action = Report | Answer | Save | Inspect | Idle
