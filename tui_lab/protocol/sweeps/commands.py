"""Commands to a sweep that is being trained."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from tui_lab.experiment.sweeps.axis import Axis


@dataclass(frozen=True, slots=True)
class StopSweep:
    """End it: trials in training save a checkpoint, and go on when the sweep is resumed."""

    command: Literal["stop_sweep"] = "stop_sweep"


@dataclass(frozen=True, slots=True)
class PauseSweep:
    """Train no further epoch until it continues."""

    command: Literal["pause_sweep"] = "pause_sweep"


@dataclass(frozen=True, slots=True)
class ContinueSweep:
    """After a pause."""

    command: Literal["continue_sweep"] = "continue_sweep"


@dataclass(frozen=True, slots=True)
class DropTrial:
    """End a trial now; it keeps its checkpoint."""

    trial: int
    command: Literal["drop_trial"] = "drop_trial"


@dataclass(frozen=True, slots=True)
class KeepTrial:
    """Never give up this trial; one that was given up or dropped goes on."""

    trial: int
    command: Literal["keep_trial"] = "keep_trial"


@dataclass(frozen=True, slots=True)
class ChangeAxis:
    """Give an axis more values or a wider range."""

    axis: Axis
    command: Literal["change_axis"] = "change_axis"


@dataclass(frozen=True, slots=True)
class MoreTrials:
    """Train `count` trials more than was asked so far.

    With `axis` they are spread over this axis as it is given, within the others: to look beyond an edge.
    """

    count: int
    axis: Axis | None = None
    command: Literal["more_trials"] = "more_trials"


SweepCommand = StopSweep | PauseSweep | ContinueSweep | DropTrial | KeepTrial | ChangeAxis | MoreTrials


def encode_sweep_command(command: SweepCommand) -> bytes:
    """One line of JSON, without the newline."""
    return to_json(command)


def decode_sweep_command(line: bytes) -> SweepCommand:
    """Read one line. Raises ValueError if it is not such a command."""
    return _adapter().validate_json(line)


@cache
def _adapter() -> TypeAdapter[SweepCommand]:
    return TypeAdapter(Annotated[SweepCommand, Field(discriminator="command")])
