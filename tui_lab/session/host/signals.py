"""The signals that end a training process, in one table for the host and the command line."""

import signal

ENDING: tuple[signal.Signals, ...] = tuple(
    getattr(signal, name)
    for name in (
        "SIGTERM", "SIGQUIT", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGXCPU", "SIGPOLL", "SIGPWR",
    )
    if hasattr(signal, name)
)  # fmt: skip
"""Signals that end a process by default: job schedulers send USR2 or XCPU before they kill, `timeout -s ALRM`
sends ALRM, Ctrl+\\ sends QUIT. KILL and the signals of a crash are left alone."""


def status_of(number: int) -> int:
    """The exit status of a process ended by a signal."""
    return 128 + number
