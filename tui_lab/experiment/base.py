"""The pydantic base of every specification, and how its errors are worded."""

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # saves a scan of all packages

from pydantic import BaseModel, ConfigDict, ValidationError

from tui_lab.errors import InputError
from tui_lab.safe import safe


class SpecModel(BaseModel):
    """Frozen, strict (no text read as a number, no true as 1) and closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, validate_default=True, defer_build=True
    )


def explain(
    error: ValidationError, where: str = "", instead: Callable[[list[str]], str] = lambda place: ""
) -> InputError:
    """Turn all errors of a validation into sentences: the place, what is wrong, the value given.

    `instead`: what an unknown key at that place may have meant.
    """
    return InputError(
        [s for item in error.errors(include_url=False) for s in _sentences(item, where, instead)]
    )


def _sentences(item: Any, where: str, instead: Callable[[list[str]], str]) -> list[str]:
    """One sentence, or several if a validator found several problems with one value."""
    loc = [str(part) for part in item["loc"]]
    place = ".".join(loc)
    head = ": ".join(filter(None, (where, place)))
    kind = item["type"]
    if kind == "extra_forbidden":
        return [f"{head}: unknown key{instead(loc)}"]
    if kind == "missing":
        return [f"{head}: missing"]
    message = _worded(kind, item["msg"])
    given = item.get("input")
    shown = "" if isinstance(given, dict | list | tuple | BaseModel) else f" (given: {safe(given, 60)})"
    return [f"{head}: {line}{shown}" if head else f"{line}{shown}" for line in message.split("\n")]


def _worded(kind: str, message: str) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    message = message.replace("a valid tuple", "a list").replace(" after validation", "")
    for prefix, verb in (("Input should ", "must "), ("String should ", "must "), ("Tuple should ", "must ")):
        if message.startswith(prefix):
            return verb + message.removeprefix(prefix)
    return message
