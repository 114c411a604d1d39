"""Records to JSON lines and back.

A line is strict JSON: NaN and infinities are written as strings. Reading checks types, so a line that
anyone else wrote fails in one way only: `ValueError`.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_json

from tui_lab.protocol.events import Record


@cache
def _reader() -> Callable[[bytes | str], Record]:
    """Built on first use: it takes tens of milliseconds, and most commands read no journal.

    Not the adapter's own method: that takes 0.5 us more a line.
    """
    return TypeAdapter(Record).validator.validate_json


def encode(record: Record) -> bytes:
    r"""One line of JSON, without the newline.

    Text that is not Unicode (a path whose name is not UTF-8) is written as `\udcff`, with two backslashes:
    a run must not fail because of a folder's name.
    """
    try:
        return to_json(record, inf_nan_mode="strings")
    except PydanticSerializationError:
        return to_json(_unicode(asdict(record)), inf_nan_mode="strings")


def _unicode(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_unicode(key): _unicode(item) for key, item in value.items()}
    return [_unicode(item) for item in value] if isinstance(value, list | tuple) else value


def decode(line: bytes | str) -> Record:
    """Read one line. Raises ValueError if it is not a record of this version."""
    return _reader()(line)
