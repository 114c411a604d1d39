"""Run ids: `20261123-101502-regression-3f2a`."""

import re
from datetime import UTC, datetime

from tui_lab.errors import InputError

_PATTERN = re.compile(r"\d{8}-\d{6}-[a-z0-9_-]{1,24}-[0-9a-f]{4}")
_NAME_LENGTH = 24


def new_id(name: str, now: float) -> str:
    """Make an id from the Unix time `now` in seconds and a name; it ends with the fraction of the second.

    The time is UTC: local time would sort runs wrongly when the clocks go back in autumn. If the id is taken,
    the caller asks for another one a moment later. Raises InputError if `now` has no year of four digits.
    """
    try:
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    except (ValueError, OverflowError, OSError):
        raise InputError("this machine's clock is past the year 9999; correct it first") from None
    return f"{stamp}-{slug(name)}-{int(now % 1 * 0x10000):04x}"


def time_of(run_id: str) -> str:
    """The sort key of ids: the second and its fraction."""
    return run_id[:15] + run_id[-4:]


def moment_after(run_id: str) -> float:
    """The Unix time of an id plus a millisecond; 0 if it contains no valid time."""
    try:
        second = datetime.strptime(run_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
        after = second.timestamp() + int(run_id[-4:], 16) / 0x10000 + 0.001
        datetime.fromtimestamp(after, UTC)
    except (ValueError, OverflowError, OSError):
        return 0.0
    return after


def slug(name: str) -> str:
    """The name reduced to characters that need no quoting in file names and shells; never empty."""
    plain = re.sub(r"[^a-z0-9_]+", "-", name.lower())[:_NAME_LENGTH].strip("-_")
    return plain or "run"


def is_id(text: str) -> bool:
    """Whether a text looks like a run id."""
    return _PATTERN.fullmatch(text) is not None
