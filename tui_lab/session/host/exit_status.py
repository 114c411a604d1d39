"""The exit status of a training process from how its run ended. The only table of statuses."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line imports this before anything else
    from tui_lab.protocol.view_state import Status

FINISHED, FAILED, REFUSED, DIVERGED = 0, 1, 2, 3
INTERRUPTED = 130


def exit_status(status: "Status | None", problems: Sequence[str] = ()) -> int:
    """0 finished or stopped on request, 1 failed or something was lost, 3 diverged."""
    if status == "diverged":
        return DIVERGED
    return FAILED if problems or status not in ("finished", "stopped") else FINISHED
