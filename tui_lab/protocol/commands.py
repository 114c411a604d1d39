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


Command = Stop | Checkpoint


def encode_command(command: Command) -> bytes:
    """One line of JSON, without the newline."""
    return to_json(command)


def decode_command(line: bytes) -> Command:
    """Read one line. Raises ValueError if it is not a command."""
    return _adapter().validate_json(line)


@cache
def _adapter() -> TypeAdapter[Command]:
    return TypeAdapter(Annotated[Command, Field(discriminator="command")])
