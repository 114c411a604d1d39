"""Records to JSON lines and back.

A line is strict JSON: NaN and infinities are written as strings. Reading checks types, so a line that
somebody else wrote can be wrong in one way only: `ValueError`.
"""

from functools import cache

from pydantic import TypeAdapter
from pydantic_core import to_json

from tui_lab.protocol.events import Record


@cache
def _adapter() -> TypeAdapter[Record]:
    """Built at the first use: it takes tens of milliseconds, and most commands read no journal."""
    return TypeAdapter(Record)


def encode(record: Record) -> bytes:
    """One line of JSON, without the newline."""
    return to_json(record, inf_nan_mode="strings")


def decode(line: bytes | str) -> Record:
    """Read one line. Raises ValueError if it is not a record of this version."""
    return _adapter().validate_json(line)
