"""Progress while a long journal is read: the shell shows a line, the lab a bar.

`telling` sets who is told, for everything read in its block: the functions between a command and the journal
need not pass it on. In a new thread nobody is told.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

LONG_BYTES = 2**20
"""Less than this is read in no noticeable time."""
Progress = Callable[[float], None]
Teller = Callable[[str], AbstractContextManager[Progress]]
"""Opened with the id of a run while its journal is read; the result is called with the fraction read."""

_teller: ContextVar[Teller | None] = ContextVar("teller", default=None)


@contextmanager
def telling(teller: Teller) -> Iterator[None]:
    """Report on each long journal that is read in this block."""
    before = _teller.set(teller)
    try:
        yield
    finally:
        _teller.reset(before)


def while_reading(run_id: str, size: int) -> AbstractContextManager[Progress]:
    """For the block that reads `size` bytes of a journal."""
    teller = _teller.get()
    return nullcontext(lambda _: None) if teller is None or size < LONG_BYTES else teller(run_id)
