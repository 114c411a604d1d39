"""The ledger of a run: every action on it, once, and which edits were undone."""

from dataclasses import dataclass, replace

from tui_lab.protocol.pending import edits_before
from tui_lab.protocol.steering_events import Edited, Undone
from tui_lab.protocol.view import RunView
from tui_lab.protocol.view_state import LedgerEvent


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An action, at a Unix time in seconds. `undone`: an edit that was undone."""

    time: float
    event: LedgerEvent
    undone: bool = False


def undoable(view: RunView) -> bool:
    """Whether an edit is queued, or was made since the current process started training the run."""
    resumed = next((event for _, event in reversed(view.ledger) if event.kind == "run_resumed"), None)
    before = resumed.edits if resumed is not None and resumed.kind == "run_resumed" else 0
    return bool(view.queued) or len(view.edits) > before


def entries(view: RunView) -> list[LedgerEntry]:
    """All actions on a run, in order.

    What came after a checkpoint from which the run was resumed is not listed twice: the edits are applied
    again, and are listed where that happened.
    """
    told: list[LedgerEntry] = []
    counting: list[int] = []  # indices of the edits in effect
    for time, event in view.ledger:
        match event:
            case Edited():
                counting.append(len(told))
            case Undone() if counting:
                place = counting.pop()
                told[place] = replace(told[place], undone=True)
            case _ if event.kind == "run_resumed":
                made = edits_before([_edit(told[place]) for place in counting], event.step, event.edits)
                again, counting = counting[made:], counting[:made]
                for place in reversed(again):
                    del told[place]
        told.append(LedgerEntry(time, event))
    return told


def _edit(entry: LedgerEntry) -> Edited:
    assert isinstance(entry.event, Edited)
    return entry.event
