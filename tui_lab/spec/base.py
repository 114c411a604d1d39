"""The pydantic base of every specification, and how its complaints are put into words."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from tui_lab.errors import InputError
from tui_lab.safe import safe


class SpecModel(BaseModel):
    """Frozen, strict (no text read as a number, no true as 1) and closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )


def explain(error: ValidationError, where: str = "") -> InputError:
    """Turn all complaints of a validation into sentences: place, what is wrong, the value given."""
    return InputError([_sentence(item, where) for item in error.errors(include_url=False)])


def _sentence(item: Any, where: str) -> str:
    loc = [str(part) for part in item["loc"]]
    place = ".".join(loc)
    head = ": ".join(safe(part, 160) for part in (where, place) if part)
    kind = item["type"]
    if kind == "extra_forbidden":
        return f"{head}: unknown key"
    if kind == "missing":
        return f"{head}: missing"
    message = item["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    message = message if kind == "value_error" else f"must be {message}"
    given = item.get("input")
    shown = "" if isinstance(given, dict | list | tuple | BaseModel) else f" (given: {safe(given, 60)})"
    return f"{head}: {message}{shown}"
