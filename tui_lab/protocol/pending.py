"""Acknowledged edits that are not in effect yet: queued for their epoch, or to be repeated after a resume.

A run resumed from a checkpoint repeats the edits made after it, each at its step. Until then they are kept
here, so that none is lost if the run ends before that, even several times in a row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tui_lab.experiment.catalogue import Value, format_value
from tui_lab.protocol.steering_events import CommandRefused, Edited, EditQueued, Superseded
from tui_lab.safe import safe


@dataclass(frozen=True, slots=True)
class PendingEdit:
    """An edit to be made (again) just after step `step`; its reason does not tell it from another."""

    step: int
    name: str
    value: Value
    why: str = field(default="", compare=False)


def edits_before(edits: Sequence[Edited], step: int, count: int) -> int:
    """How many of `edits` were made before a checkpoint at `step` that counted `count` edits.

    The count decides between edits at that same step; otherwise the steps do, since a damaged line in the
    journal makes the count wrong.
    """
    earlier = sum(edit.step < step for edit in edits)
    until_then = sum(edit.step <= step for edit in edits)
    return min(max(count, earlier), until_then)


def pending_after(
    edits: Iterable[Edited], queued: Iterable[EditQueued], pending: Iterable[PendingEdit]
) -> tuple[PendingEdit, ...]:
    """The edits to make after a checkpoint, in order of the steps.

    `edits` were made after it, `queued` were waiting for their epoch, `pending` were to be repeated. Edits
    queued before the checkpoint are part of it, and the resumed run reports them again.
    """
    made = [PendingEdit(edit.step, edit.name, edit.new, edit.why) for edit in edits]
    waiting = [PendingEdit(item.step, item.name, item.value, item.why) for item in queued]
    return tuple(sorted([*made, *pending, *waiting], key=lambda item: item.step))


def settled(
    pending: tuple[PendingEdit, ...], event: Edited | EditQueued | CommandRefused | Superseded
) -> tuple[PendingEdit, ...]:
    """What remains of `pending` after `event`, which may resolve or replace one of them."""
    if isinstance(event, Superseded):
        gone = PendingEdit(event.planned, event.name, event.value)
        return tuple(item for item in pending if item != gone)
    for place, item in enumerate(pending):
        if item.step <= event.step and _answers(event, item):
            return pending[:place] + pending[place + 1 :]
    return pending


def _answers(event: Edited | EditQueued | CommandRefused, item: PendingEdit) -> bool:
    match event:
        case Edited():
            return (event.name, event.new) == (item.name, item.value)
        case EditQueued():
            return (event.name, event.value) == (item.name, item.value)
    told = safe(item.name, 60), safe(format_value(item.value), 60)
    return event.command == "edit" and (event.name, event.value) == told
