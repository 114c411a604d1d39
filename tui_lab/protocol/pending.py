"""Edits that were answered and are not in force: they wait for their epoch, or are to be made again.

A run that goes on from a checkpoint makes the edits that came after it again, each at its step. Until it gets
there they are kept here, so that a run which is ended before that, even several times in a row, loses none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui_lab.protocol.steering import CommandRefused, Edited, EditQueued, Value
from tui_lab.safe import safe
from tui_lab.spec.catalogue import format_value


@dataclass(frozen=True, slots=True)
class PendingEdit:
    """An edit that is to be made (again) just after step `step`."""

    step: int
    name: str
    value: Value


def edits_before(edits: Sequence[Edited], step: int, count: int) -> int:
    """How many of `edits` were made before a checkpoint at `step` that says `count` edits were.

    The count decides between edits of that very step; beyond that the steps do, since a damaged line of
    the journal makes the count wrong.
    """
    earlier = sum(edit.step < step for edit in edits)
    until_then = sum(edit.step <= step for edit in edits)
    return min(max(count, earlier), until_then)


def pending_after(
    edits: Iterable[Edited], queued: Iterable[EditQueued], pending: Iterable[PendingEdit]
) -> tuple[PendingEdit, ...]:
    """What is to be done from a checkpoint on, in order of the steps.

    `edits` were made after it, `queued` waited for their epoch, `pending` were to be made again. What was
    queued before the checkpoint is part of it, and is said again by the run that goes on from there.
    """
    made = [PendingEdit(edit.step, edit.name, edit.new) for edit in edits]
    waiting = [PendingEdit(item.step, item.name, item.value) for item in queued]
    return tuple(sorted([*made, *pending, *waiting], key=lambda item: item.step))


def settled(
    pending: tuple[PendingEdit, ...], event: Edited | EditQueued | CommandRefused
) -> tuple[PendingEdit, ...]:
    """What is left of `pending` once `event` has answered one of them, if it does."""
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
