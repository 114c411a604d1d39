"""What can go wrong in a way that a person can mend.

Everything that the lab refuses is a `LabError`: it carries the problems found, all of them at once,
each a sentence that names the place, the value and the way out. Anything else that is raised is a defect.
"""

from collections.abc import Iterable


class LabError(Exception):
    """A refusal in words. `problems` holds one sentence each; `str()` joins them by newlines."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class InputError(LabError):
    """What was given cannot be used; nothing was started. Exit status 2."""


class DeviceError(InputError):
    """The device asked for is not here; the message lists those that are."""


class RunError(LabError):
    """A run folder cannot be found, read or written."""
