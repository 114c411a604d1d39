"""How long a sweep may train, as text: `90s`, `10m`, `1.5h`."""

import re

from tui_lab.errors import InputError
from tui_lab.safe import safe

_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST_S = 366 * 86400.0


def parse_budget(text: str) -> float:
    """A time limit in seconds, from `90s`, `10m`, `2h` or `1d`. Raises InputError."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?) ?(s|m|min|h|d)", text.strip().lower())
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if not 0 < seconds <= _LONGEST_S:
        raise InputError(
            f"budget: write a time up to a year, such as 90s, 10m or 2h (given: {safe(text, 40)})"
        )
    return seconds


def budget_text(seconds: float) -> str:
    """A time limit in the largest unit that gives a whole number: `10m`; `parse_budget` reads it back."""
    unit = next((unit for unit in "dhm" if seconds % _UNITS[unit] == 0), "s")
    return f"{seconds / _UNITS[unit]:.10g}{unit}"
