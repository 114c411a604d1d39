"""Errors that a user can fix.

Everything the lab refuses is a `LabError`: it carries all problems at once, each a sentence with the place,
the value and the way out. Any other exception is a bug.
"""

from collections.abc import Iterable


class LabError(Exception):
    """The base class. `problems` holds one sentence each; `str()` joins them with newlines."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class InputError(LabError):
    """The input is unusable; nothing was started. Exit status 2."""


class DeviceError(InputError):
    """The requested device is not available; the message lists those that are."""


class RunError(LabError):
    """A run folder cannot be found, read or written."""
