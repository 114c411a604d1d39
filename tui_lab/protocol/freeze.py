"""A `RunView` as bytes and back: its fields as JSON, its epochs as columns.

The bytes are only valid for this version and machine: the caller must be able to fold the records again.
"""

import sys
from collections import deque
from dataclasses import dataclass, fields, make_dataclass
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_json

from tui_lab.protocol.events import EpochEnded
from tui_lab.protocol.history import History, Layout
from tui_lab.protocol.pace import Pace
from tui_lab.protocol.view import RunView
from tui_lab.protocol.view_state import Branch, Series

_APART = ("history", "undone", "pace")
_SIZE_DIGITS = 20


@dataclass(frozen=True, slots=True)
class _Columns:
    """The layout of a history's bytes; `size` is their number."""

    layout: Layout | None
    odd: dict[int, EpochEnded]
    size: int


@dataclass(frozen=True, slots=True)
class _Undone:
    step: int
    series: Series
    history: _Columns


@cache
def _adapter() -> TypeAdapter[Any]:
    hints = get_type_hints(RunView)
    kept = [(f.name, hints[f.name]) for f in fields(RunView) if f.name not in _APART]
    apart = [
        ("byteorder", str),
        ("history", _Columns),
        ("undone", list[_Undone]),
        ("pace", list[tuple[float, int]]),
    ]
    return TypeAdapter(make_dataclass("_Frozen", [*kept, *apart]))


def freeze(view: RunView) -> list[bytes | memoryview]:
    """A view as bytes, in parts to be written one after the other, before the view changes again.

    Raises ValueError if it contains text that is not valid Unicode.
    """
    values = {f.name: getattr(view, f.name) for f in fields(RunView) if f.name not in _APART}
    values["byteorder"] = sys.byteorder
    values["history"] = _about(view.history)
    values["undone"] = [_Undone(b.step, b.series, _about(b.history)) for b in view.undone]
    values["pace"] = list(view.pace.recent)
    try:
        text = to_json(values, inf_nan_mode="strings")
    except PydanticSerializationError as error:
        raise ValueError(str(error)) from None
    parts: list[bytes | memoryview] = [b"%d\n" % len(text), text]
    for history in (view.history, *(branch.history for branch in view.undone)):
        parts += [memoryview(column).cast("B") for column in history.columns if column]
    return parts


def thaw(content: memoryview) -> RunView:
    """The view that `freeze` turned into these bytes. Raises ValueError if they did not come from it."""
    end = bytes(content[:_SIZE_DIGITS]).index(b"\n")
    size = int(content[:end])
    frozen = _adapter().validate_json(bytes(content[end + 1 : end + 1 + size]))
    if frozen.byteorder != sys.byteorder:
        raise ValueError("from a machine of another kind")
    columns = content[end + 1 + size :]
    view = RunView(**{f.name: getattr(frozen, f.name) for f in fields(RunView) if f.name not in _APART})
    view.pace = Pace(deque(frozen.pace))
    view.history, columns = _restored(frozen.history, columns)
    for undone in frozen.undone:
        history, columns = _restored(undone.history, columns)
        view.undone.append(Branch(undone.step, history, undone.series))
    if columns.nbytes:
        raise ValueError("more bytes than columns")
    return view


def _about(history: History) -> _Columns:
    return _Columns(history.layout, history.odd, len(history) * sum(c.itemsize for c in history.columns))


def _restored(about: _Columns, columns: memoryview) -> tuple[History, memoryview]:
    if about.size > columns.nbytes:
        raise ValueError("fewer bytes than columns")
    return History.restored(about.layout, columns[: about.size], about.odd), columns[about.size :]
