"""`train`, `resume` and `fork` in a process that torchrun has started beside rank 0: it decides nothing."""

import os
import signal

from tui_lab.cli.output.output import complain, stdout_kept
from tui_lab.session.host.exit_status import FAILED, FINISHED
from tui_lab.session.host.signals import STOPPING, handle, status_of
from tui_lab.session.jobs.in_ranks import follow


def run() -> int:
    """Train with the others, to the end; the exit status. How the run ends is for rank 0 to say."""
    with stdout_kept():
        why = follow(_leave_signals_to_the_first)
    if why:
        complain(why)
    return FINISHED if why is None else FAILED


def _leave_signals_to_the_first() -> None:
    """Whoever ends a run tells all its ranks: rank 0 obeys the first signal, the second ends this one."""
    told: list[int] = []

    def hear(number: int, _frame: object) -> None:
        if told:
            os._exit(status_of(number))
        told.append(number)

    handle(STOPPING, hear)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
