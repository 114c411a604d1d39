"""What can be asked of a run that trains. The engine takes commands between two steps."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from pydantic_core import to_json


@dataclass(frozen=True, slots=True)
class Stop:
    """End the run after the step at hand; it is closed with the status `stopped`.

    `test`: whether the weights of the best epoch are still scored on the test split.
    """

    test: bool = True
    command: Literal["stop"] = "stop"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Save a checkpoint now, and keep it for good."""

    command: Literal["checkpoint"] = "checkpoint"


@dataclass(frozen=True, slots=True)
class Edit:
    """Give the hyperparameter `name` the value `value` from the next step on (some: the next epoch).

    Answered by `Edited`, by `EditQueued` and later `Edited`, by `CommandRefused`, or by `Withdrawn` if it is
    the value in force and another one waits.
    """

    name: str
    value: bool | int | float | str
    command: Literal["edit"] = "edit"


@dataclass(frozen=True, slots=True)
class Undo:
    """Bring weights, optimizer and random state back to just before the last edit."""

    command: Literal["undo"] = "undo"


@dataclass(frozen=True, slots=True)
class Pause:
    """Make no step after the one at hand until told to."""

    command: Literal["pause"] = "pause"


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after a pause."""

    command: Literal["resume"] = "resume"


@dataclass(frozen=True, slots=True)
class Advance:
    """Make one step, or the rest of the epoch with its validation, and pause (again)."""

    by: Literal["step", "epoch"] = "step"
    command: Literal["advance"] = "advance"


@dataclass(frozen=True, slots=True)
class Look:
    """Put one batch through the network as it is now, and tell what is in it after every layer.

    Answered by `ForwardProbed`. Nothing of the run changes by it.
    """

    command: Literal["look"] = "look"


@dataclass(frozen=True, slots=True)
class Show:
    """Show images of the training split, each as it is and as augmentation lets the network see it.

    `draw`: which ones, and which augmentation; the same number shows the same. At most `count` images of at
    most `side` pixels a side; the engine has bounds of its own. Answered by `SamplesShown`, or by
    `CommandRefused` where the inputs are no images. Nothing of the run changes by it.
    """

    draw: int = 0
    side: int = 40
    count: int = 12
    command: Literal["show"] = "show"


Command = Stop | Checkpoint | Edit | Undo | Pause | Resume | Advance | Look | Show


def encode_command(command: Command) -> bytes:
    """One line of JSON, without the newline."""
    return to_json(command)


def decode_command(line: bytes) -> Command:
    """Read one line. Raises ValueError if it is not a command."""
    return _adapter().validate_json(line)


@cache
def _adapter() -> TypeAdapter[Command]:
    return TypeAdapter(Annotated[Command, Field(discriminator="command")])
