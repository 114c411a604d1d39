"""What was done to a run, as a plan by which it is done again at the same steps."""

from typing import TYPE_CHECKING

from tui_lab.protocol.commands import Edit, Stop
from tui_lab.protocol.view import RunView

if TYPE_CHECKING:
    from tui_lab.engine.steering import Planned


def rest_of(view: RunView, step: int, edits: int) -> "tuple[Planned, ...]":
    """What was done after a checkpoint at `step`, before which `edits` edits were made.

    Edits that still waited for their epoch are among it: nothing that somebody asked for is lost.
    """
    from tui_lab.engine.steering import Planned

    made = [Planned(edit.step, Edit(edit.name, edit.new)) for edit in view.edits[edits:]]
    waiting = [Planned(q.step, Edit(q.name, q.value)) for q in view.queued.values() if q.step >= step]
    return (*made, *waiting)


def replay_of(view: RunView) -> "tuple[Planned, ...]":
    """All edits that count, and how far the run came: it may have stopped early and then gone on."""
    from tui_lab.engine.steering import Planned

    return (*rest_of(view, 0, 0), Planned(view.step, Stop() if view.status == "stopped" else None))
