"""What was done to a run, as a plan by which it is done again at the same steps."""

from typing import TYPE_CHECKING

from tui_lab.protocol.commands import Edit, Stop
from tui_lab.protocol.pending import edits_before, pending_after
from tui_lab.protocol.view import RunView

if TYPE_CHECKING:
    from tui_lab.engine.steering import Planned


def rest_of(view: RunView, step: int, edits: int) -> "tuple[Planned, ...]":
    """What was done after a checkpoint at `step`, before which `edits` edits were made.

    Edits that waited for their epoch are among it, and those that an earlier resume was to make again and did
    not get to: no edit that was answered is lost.
    """
    from tui_lab.engine.steering import Planned

    made = view.edits[edits_before(view.edits, step, edits) :]
    rest = pending_after(made, view.queued.values(), view.pending)
    return tuple(Planned(item.step, Edit(item.name, item.value)) for item in rest if item.step >= step)


def replay_of(view: RunView) -> "tuple[Planned, ...]":
    """All edits that count, and how far the run came: it may have stopped early and then gone on.

    A run that the clock ended ends at that step again, however fast it is now.
    """
    from tui_lab.engine.steering import Planned

    stop = Stop() if view.status == "stopped" else None
    return (*rest_of(view, 0, 0), Planned(view.step, stop, time_up=view.time_up))
