"""Whether advice that was applied has helped."""

from dataclasses import dataclass
from math import sqrt

from tui_lab.coach.advice import PREFIX
from tui_lab.coach.signs import MOST_EPOCHS, figure, percent
from tui_lab.protocol.view import RunView

LEAST, MOST = 5, 200
"""Epochs to wait before judging: a tenth of the run, within these bounds."""
STOPS = "patience"
"""An edit of it is to save time, not to lower the loss."""
CLEAR = 0.02
"""The smallest relative change of the best validation loss that counts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an edit that the coach proposed, after `epoch`. `helped`: None if that is not clear."""

    step: int
    epoch: int
    helped: bool | None
    text: str


def outcome(view: RunView) -> Outcome | None:
    """What came of the last advice that was applied; None if there was none, or too few epochs since.

    The best validation loss before and after is compared. The same rows are behind both, so a change counts
    if it is larger than half the standard error of a loss on as many rows, and than 2 %.
    """
    edits = (edit for edit in reversed(view.edits) if edit.why.startswith(PREFIX) and edit.name != STOPS)
    edit = next(edits, None)
    if edit is None or view.hyper is None:
        return None
    wait = max(LEAST, min(MOST, view.hyper.epochs // 10))
    history = view.history
    at = history.until(edit.epoch)
    if len(history) - at < wait or at == 0:
        return None
    column = history.column("val_loss")
    before = min(column[max(0, at - MOST_EPOCHS) : at])
    after = min(column[at : at + MOST_EPOCHS])
    rows = view.data.split.get("val", 0) if view.data else 0
    gain = (before - after) / before if before > 0 else 0.0
    noise = max(CLEAR, 0.5 / sqrt(rows) if rows else 0.0)
    rule = edit.why.removeprefix(PREFIX).partition(":")[0]
    losses = f"best validation loss {figure(before)} before, {figure(after)} after"
    epochs = len(history) - at
    if gain > noise:
        helped, words = True, f'the edit against "{rule}" helped: {losses}'
    elif gain < -noise:
        helped, words = False, f'the edit against "{rule}" has not helped so far: {losses}; u undoes it'
    else:
        helped, words = (
            None,
            f'the edit against "{rule}" has made no clear difference ({percent(gain)}): {losses}',
        )
    return Outcome(edit.step, edit.epoch, helped, f"{words} ({epochs} epochs)")
