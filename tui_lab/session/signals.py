"""The signals that ask a training process to end, in one table for the host and the command line."""

import signal

ENDING: tuple[signal.Signals, ...] = tuple(
    getattr(signal, name)
    for name in (
        "SIGTERM", "SIGQUIT", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGXCPU", "SIGPOLL", "SIGPWR",
    )
    if hasattr(signal, name)
)  # fmt: skip
"""Signals that end a process by default: job schedulers send USR2 or XCPU before they kill, `timeout -s ALRM`
sends ALRM, Ctrl+\\ sends QUIT. Those that tell of a crash, and KILL, are left alone."""


def status_of(number: int) -> int:
    """The exit status of a process that a signal ended."""
    return 128 + number
