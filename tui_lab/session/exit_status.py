"""From how a run ended to the exit status of the process that trained it."""

from collections.abc import Sequence

from tui_lab.protocol.events import RunEnded

FINISHED, FAILED, REFUSED, DIVERGED = 0, 1, 2, 3
HUNG_UP, INTERRUPTED, TERMINATED = 129, 130, 143


def exit_status(ended: RunEnded | None, problems: Sequence[str] = ()) -> int:
    """0 finished or stopped on request, 1 failed or something was lost, 3 diverged."""
    if ended is None or ended.status == "failed":
        return FAILED
    if ended.status == "diverged":
        return DIVERGED
    return FAILED if problems else FINISHED
