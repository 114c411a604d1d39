"""Errors that a user can fix.

Everything the lab refuses is a `LabError`: it carries all problems at once, each a sentence with the place,
the value and the way out. Any other exception is a bug.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tui_lab.safe import sentence


class LabError(Exception):
    """The base class. `problems` holds one sentence each, made safe; `str()` joins them with newlines."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems: tuple[str, ...] = tuple(
            map(sentence, (problems,) if isinstance(problems, str) else problems)
        )
        super().__init__("\n".join(self.problems))


class InputError(LabError):
    """The input is unusable; nothing was started. Exit status 2."""


class DeviceError(InputError):
    """The requested device is not available; the message lists those that are."""


class RunError(LabError):
    """A run folder cannot be found, read or written."""


class Problems(list[str]):
    """What is wrong with some input, collected to be refused all at once."""

    @contextmanager
    def caught(self, place: str = "") -> Iterator[None]:
        """Add the problems of a LabError in the block, which ends there; `place` goes before each."""
        try:
            yield
        except LabError as error:
            self.extend(place + problem for problem in error.problems)

    def refuse(self) -> None:
        if self:
            raise InputError(self)


@contextmanager
def placed(place: str) -> Iterator[None]:
    """Put a place, such as `--name`, before the problems of an InputError; also decorates a function."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{place}: {problem}" for problem in error.problems) from None
