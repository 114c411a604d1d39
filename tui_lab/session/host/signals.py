"""The signals that end a training process, in one table for the host and the command line."""

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]

ENDING: tuple[signal.Signals, ...] = tuple(
    getattr(signal, name)
    for name in (
        "SIGTERM", "SIGQUIT", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGXCPU", "SIGPOLL", "SIGPWR",
    )
    if hasattr(signal, name)
)  # fmt: skip
"""Signals that end a process by default: job schedulers send USR2 or XCPU before they kill, `timeout -s ALRM`
sends ALRM, Ctrl+\\ sends QUIT. KILL and the signals of a crash are left alone."""


STOPPING = (signal.SIGINT, signal.SIGHUP, *ENDING)
"""The signals by which a person or a system asks a command in a terminal to stop."""


def handle(numbers: Iterable[signal.Signals], handler: Handler) -> dict[signal.Signals, object]:
    """Handle these signals; what handled each before.

    One that was ignored stays ignored, as under `nohup` and in background jobs of a script.
    """
    before: dict[signal.Signals, object] = {}
    for each in numbers:
        found = signal.getsignal(each)
        if found is not signal.SIG_IGN:
            before[each] = found
            signal.signal(each, handler)
    return before


def put_back(before: Mapping[signal.Signals, object]) -> None:
    """Let signals be handled as before."""
    for each, handler in before.items():
        signal.signal(each, handler if callable(handler) else signal.SIG_DFL)


@contextmanager
def handled(numbers: Iterable[signal.Signals], handler: Handler) -> Iterator[None]:
    """The same, for as long as the block lasts."""
    before = handle(numbers, handler)
    try:
        yield
    finally:
        put_back(before)


def status_of(number: int) -> int:
    """The exit status of a process ended by a signal."""
    return 128 + number
