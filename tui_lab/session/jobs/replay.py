"""The edits of a run as a plan, to repeat them at the same steps."""

from tui_lab.protocol.commands import Edit, Stop
from tui_lab.protocol.pending import edits_before, pending_after
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.view import RunView


def rest_of(view: RunView, step: int, edits: int) -> tuple[Planned, ...]:
    """What was done after a checkpoint at `step`, which already includes `edits` edits.

    This includes edits queued for their epoch, and those that an earlier resume should have repeated but did
    not reach: no acknowledged edit is lost.
    """
    made = view.edits[edits_before(view.edits, step, edits) :]
    rest = pending_after(made, view.queued.values(), view.pending)
    return tuple(
        Planned(item.step, Edit(item.name, item.value, item.why)) for item in rest if item.step >= step
    )


def replay_of(view: RunView) -> tuple[Planned, ...]:
    """All edits in effect, and where the run ended: it may have stopped early and been resumed.

    A run that hit its time limit ends at the same step again, however fast it is now.
    """
    stop = Stop() if view.status == "stopped" else None
    return (*rest_of(view, 0, 0), Planned(view.step, stop, time_up=view.time_up))
