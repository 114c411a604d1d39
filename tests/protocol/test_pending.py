"""Edits that were answered and are not in force are kept until they are."""

import pytest

from tests.protocol.test_ledger import edit, told
from tui_lab.protocol.events import Event, RunEnded, RunResumed
from tui_lab.protocol.ledger import entries
from tui_lab.protocol.pending import PendingEdit, edits_before
from tui_lab.protocol.steering_events import CommandRefused, EditQueued, Superseded, Undone, Withdrawn


def resumed(step: int, edits: int = 0) -> RunResumed:
    return RunResumed(f"{step}.pt", step, 0, {}, edits=edits)


def due(*events: Event) -> list[tuple[int, object]]:
    return [(item.step, item.value) for item in told(*events).pending]


A, B, C = edit(5, 0.2), edit(9, 0.3), edit(12, 0.4)


def test_edits_after_the_checkpoint_are_due_until_they_are_made_again() -> None:
    assert due(A, B, resumed(6, 1)) == [(9, 0.3)]
    assert due(A, B, resumed(6, 1), B) == []
    assert due(A, B, C, resumed(6, 1), B) == [(12, 0.4)]


def test_a_resume_that_is_resumed_owes_what_the_first_one_owed() -> None:
    assert due(A, B, resumed(0), resumed(0)) == [(5, 0.2), (9, 0.3)]
    assert due(A, B, resumed(0), A, resumed(0)) == [(5, 0.2), (9, 0.3)]
    assert due(A, B, resumed(0), A, resumed(6, 1)) == [(9, 0.3)]
    assert due(A, B, resumed(0), RunEnded("stopped", "m"), resumed(2)) == [(5, 0.2), (9, 0.3)]


def test_an_edit_made_while_catching_up_stands_beside_those_that_are_due() -> None:
    new = edit(7, 0.9)
    assert due(B, resumed(0), new) == [(9, 0.3)]
    assert due(B, resumed(0), new, resumed(0)) == [(7, 0.9), (9, 0.3)]


def test_what_a_newer_edit_has_replaced_is_not_due() -> None:
    new, replaced = edit(7, 0.9), Superseded(7, "lr", 0.3, 9)
    assert due(B, C, resumed(0), new, replaced) == [(12, 0.4)]
    assert due(B, C, resumed(0), new, replaced, resumed(0)) == [(7, 0.9), (12, 0.4)]


def test_the_same_edit_made_by_hand_earlier_answers_none_that_is_due_later() -> None:
    by_hand, refused = edit(7, 0.3), CommandRefused(9, "edit", "lr is 0.3 already", "lr", "0.3")
    assert due(B, resumed(0), by_hand) == [(9, 0.3)]
    assert due(B, resumed(0), by_hand, refused) == []


def test_an_edit_that_waits_for_its_epoch_is_due_if_the_run_ends_or_goes_on_from_before_it() -> None:
    queued = EditQueued(5, "batch_size", 8)
    assert due(queued) == []
    assert due(queued, RunEnded("stopped", "m")) == [(5, 8)]
    assert due(queued, resumed(4)) == [(5, 8)]
    again = EditQueued(6, "batch_size", 8)
    assert due(queued, resumed(6), again) == [], "the checkpoint holds it, and the run says so again"
    assert due(queued, RunEnded("stopped", "m"), resumed(6), again) == []
    assert due(queued, resumed(6)) == [(5, 8)], "killed before it could say so"
    assert due(queued, resumed(5), queued) == []
    assert due(queued, Withdrawn(6, "batch_size", 8), resumed(4)) == []


def test_what_was_undone_is_not_due() -> None:
    undone = Undone(9, 0, "lr", 0.2, 0.3, 11, 1, 100)
    assert due(A, B, undone, resumed(6, 1)) == []
    assert due(A, B, resumed(6, 1), B, undone, resumed(6, 1)) == []


@pytest.mark.parametrize(
    ("steps", "step", "count", "before"),
    [
        ([5, 9], 6, 1, 1),
        ([6, 6], 6, 1, 1),
        ([6, 6], 6, 2, 2),
        ([9], 6, 1, 0),  # the line of the first of two edits is damaged
        ([5, 9], 6, 0, 1),
        ([], 6, 3, 0),
    ],
)
def test_the_count_decides_between_edits_of_one_step_only(
    steps: list[int], step: int, count: int, before: int
) -> None:
    assert edits_before([edit(at, 0.2) for at in steps], step, count) == before


def test_the_ledger_tells_only_what_was_done() -> None:
    view = told(A, B, resumed(6, 1))
    assert view.pending == (PendingEdit(9, "lr", 0.3),)
    assert [entry.event.step for entry in entries(view)] == [5, 6]
