"""Commands to a running run. The engine handles them between steps."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from tui_lab.protocol.fit import DrawFit

LONGEST_WHY = 500
"""The most characters of the reason of an edit."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End the run after the current step, with the status `stopped`.

    `test`: whether to evaluate the best epoch on the test split first.
    """

    test: bool = True
    command: Literal["stop"] = "stop"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Save a checkpoint now and keep it permanently."""

    command: Literal["checkpoint"] = "checkpoint"


@dataclass(frozen=True, slots=True)
class Edit:
    """Set the hyperparameter `name` to `value` from the next step (for some, the next epoch).

    Answered by `Edited`, by `EditQueued` and later `Edited`, or by `CommandRefused`. If it is the current
    value, `Withdrawn` answers where another one is queued, `Superseded` where another one is planned. Planned
    edits of the same hyperparameter, which a resumed run was still to make again, are superseded in any case.
    `why`: the reason, of at most `LONGEST_WHY` characters; ledger and export keep it.
    """

    name: str
    value: bool | int | float | str
    why: str = ""
    command: Literal["edit"] = "edit"


@dataclass(frozen=True, slots=True)
class Undo:
    """Restore weights, optimizer and random state from just before the last edit."""

    command: Literal["undo"] = "undo"


@dataclass(frozen=True, slots=True)
class Pause:
    """Pause after the current step."""

    command: Literal["pause"] = "pause"


@dataclass(frozen=True, slots=True)
class Resume:
    """Continue after a pause."""

    command: Literal["resume"] = "resume"


@dataclass(frozen=True, slots=True)
class Advance:
    """Run one step, or the rest of the epoch with its validation, and pause (again)."""

    by: Literal["step", "epoch"] = "step"
    command: Literal["advance"] = "advance"


@dataclass(frozen=True, slots=True)
class Look:
    """Pass one batch through the network as it is now and report the output of every layer.

    Answered by `ForwardProbed`. The run is not affected.
    """

    command: Literal["look"] = "look"


@dataclass(frozen=True, slots=True)
class Show:
    """Show images of the training split, original and augmented.

    `draw`: the seed for images and augmentation. At most `count` images of at most `side` pixels per side;
    the engine has its own limits. Answered by `SamplesShown`, or by `CommandRefused` if the inputs are not
    images. The run is not affected.
    """

    draw: int = 0
    side: int = 40
    count: int = 12
    command: Literal["show"] = "show"


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Evaluate a split with the weights as they are validated.

    Answered by `Evaluated`, or by `CommandRefused`: the test split is only for runs that have ended. The run
    is not affected.
    """

    split: Literal["val", "test"] = "val"
    command: Literal["evaluate"] = "evaluate"


@dataclass(frozen=True, slots=True)
class Try:
    """Predict one row of the validation split, as it is and with other values.

    `place`: of the row in the order of the file, from 0; places beyond the last begin again. `number`:
    instead, its row in the file as a spreadsheet counts, or the number of the image. `changes`: columns and
    their values in the units of the table, None if missing. `side`: the most pixels per side of an image.
    `token`: by which whoever asks knows the answer. Answered by `Tried`, or by `CommandRefused`. The run is
    not affected.
    """

    place: int = 0
    number: int | None = None
    changes: tuple[tuple[str, float | str | None], ...] = ()
    side: int = 40
    token: str = ""
    command: Literal["try"] = "try"


Inspection = Look | Show | Evaluate | Try | DrawFit
"""Commands that only look: the run is not affected."""
Command = Stop | Checkpoint | Edit | Undo | Pause | Resume | Advance | Inspection


def encode_command(command: Command) -> bytes:
    """One line of JSON, without the newline."""
    return to_json(command)


def decode_command(line: bytes) -> Command:
    """Read one line. Raises ValueError if it is not a command."""
    return _adapter().validate_json(line)


@cache
def _adapter() -> TypeAdapter[Command]:
    return TypeAdapter(Annotated[Command, Field(discriminator="command")])
