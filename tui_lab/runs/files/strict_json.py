"""Values as strict, readable JSON: no bare NaN."""

import json
import math
import re
from datetime import UTC, datetime

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def strict(value: object, found: list[str], path: str = "$") -> Json:
    """Copy a value with NaN and infinities as the strings "NaN", "Infinity" and "-Infinity".

    The JSONPath of each such value is added to `found`, such as `$.history[3]['val_recall[a]']`.
    """
    if isinstance(value, float) and not math.isfinite(value):
        found.append(path)
        return finite_or_text(value)
    if isinstance(value, dict):
        return {str(key): strict(item, found, path + member(str(key))) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item, found, f"{path}[{k}]") for k, item in enumerate(value)]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"not a JSON value: {type(value).__name__}")


def finite_or_text(value: float) -> float | str:
    """A number as it is, or "NaN", "Infinity" or "-Infinity"."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def member(key: str) -> str:
    """A key as the next part of a JSONPath: `.loss`, `['val_recall[a]']`."""
    if _PLAIN_KEY.fullmatch(key):
        return f".{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def iso_time(time: float | None) -> str | None:
    """A Unix time as `2026-11-23T10:15:02.250Z`; None if it is unknown or out of range."""
    if time is None:
        return None
    try:
        moment = datetime.fromtimestamp(time, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_text(value: Json) -> str:
    """JSON in plain ASCII, ending with a newline; lists of records have one record per line.

    ASCII, because a class name may contain an escape sequence, and the text may go to a terminal.
    """
    return laid_out(value, "") + "\n"


def laid_out(value: Json, indent: str) -> str:
    """A value as text, with `indent` before its lines."""
    deeper = indent + "  "
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return f"[\n{_joined([_line(item) for item in value], deeper)}\n{indent}]"
    if isinstance(value, dict) and any(isinstance(item, dict | list) for item in value.values()):
        parts = [f"{_line(key)}: {laid_out(item, deeper)}" for key, item in value.items()]
        return f"{{\n{_joined(parts, deeper)}\n{indent}}}"
    return _line(value)


def _joined(parts: list[str], indent: str) -> str:
    return ",\n".join(indent + part for part in parts)


def _line(value: Json) -> str:
    return json.dumps(value, allow_nan=False)
