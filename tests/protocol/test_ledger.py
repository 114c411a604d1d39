"""The ledger: each thing once, undone edits marked, edits that a resume makes again told where they stand."""

from tests.journals import fold
from tests.protocol.test_view import BUILT, LOADED, STARTED, record, steps
from tui_lab.protocol.events import CheckpointSaved, Event, RunResumed
from tui_lab.protocol.ledger import entries
from tui_lab.protocol.steering_events import Edited, EditQueued, Paused, Undone
from tui_lab.protocol.view import RunView


def edit(step: int, new: float, old: float = 0.1) -> Edited:
    return Edited(step, 0, "lr", old, new, 100)


def undo(step: int, remaining: int) -> Undone:
    return Undone(step, 0, "lr", 0.1, 0.2, step + 5, remaining, 100)


def told(*events: Event) -> RunView:
    return fold(record(STARTED, LOADED, BUILT, *events))


def lines(view: RunView) -> list[tuple[str, int, bool]]:
    return [(entry.event.kind, entry.event.step, entry.undone) for entry in entries(view)]


def test_an_undone_edit_stays_in_the_ledger_and_counts_no_more() -> None:
    view = told(edit(5, 0.2), edit(9, 0.3), undo(9, 1), edit(9, 0.4), undo(9, 1), undo(5, 0))
    assert lines(view) == [
        ("edited", 5, True), ("edited", 9, True), ("undone", 9, False),
        ("edited", 9, True), ("undone", 9, False), ("undone", 5, False),
    ]  # fmt: skip
    assert view.edits == []


def test_an_edit_that_a_resume_makes_again_is_told_once() -> None:
    resumed = RunResumed("6.pt", 6, 0, {}, edits=1)
    view = told(edit(5, 0.2), edit(9, 0.3), Paused(10, 0), resumed, edit(9, 0.3))
    assert lines(view) == [
        ("edited", 5, False), ("paused", 10, False), ("run_resumed", 6, False), ("edited", 9, False),
    ]  # fmt: skip
    assert [e.step for e in view.edits] == [5, 9]


def test_what_is_in_force_follows_edits_undo_and_resume() -> None:
    view = told(edit(5, 0.2, old=0.001), edit(9, 0.3, old=0.2))
    assert view.hyper is not None
    assert view.hyper.lr == 0.3
    again = told(edit(5, 0.2, old=0.001), edit(9, 0.3, old=0.2), RunResumed("6.pt", 6, 0, {}, edits=1))
    assert again.hyper is not None
    assert again.hyper.lr == 0.2
    assert again.experiment is not None
    assert again.experiment.hyperparameters.lr == 0.001, "what was asked stays"


def test_an_undo_keeps_what_is_gone_for_the_chart_and_drops_its_checkpoints() -> None:
    early = CheckpointSaved("4.pt", "a", 4, 0, "due", 0)
    late = CheckpointSaved("7.pt", "b", 7, 0, "due", 1)
    view = told(steps(5, 1.0, 0.9), early, edit(5, 0.2), steps(8, 0.8, 0.7, 0.6), late, undo(5, 0))
    assert view.step_losses == [(4, 1.0), (5, 0.9)]
    assert [point[0] for point in view.undone[0].step_losses] == [6, 7, 8]
    assert view.checkpoints == [early]
    assert (view.step, view.epoch) == (5, 0)


def test_a_queued_edit_waits_until_it_is_made_or_refused() -> None:
    queued = EditQueued(5, "batch_size", 8)
    assert told(queued).queued == {"batch_size": queued}
    assert told(queued, Edited(100, 1, "batch_size", 16, 8, 200)).queued == {}


def test_the_steps_to_come_are_counted_with_the_batch_size_in_force() -> None:
    view = told(*(steps(100, 1.0),))
    assert view.total_steps == 1000
    after = told(Edited(0, 0, "batch_size", 16, 8, 200))
    assert after.total_steps == 2000
