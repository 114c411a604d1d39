"""The time limit: it ends a run after an epoch, and a replay ends at the same step."""

from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.engine.helpers import ending, epochs, experiment, run_all, step_losses
from tests.journals import fold
from tests.runs.samples import stamped
from tui_lab.engine.checkpoints.last_good import last_good
from tui_lab.engine.checkpoints.saver import Saver
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.state.stopping import out_of_time, renew
from tui_lab.engine.state.training_state import Training
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Edit
from tui_lab.protocol.events import CheckpointSaved, Event, Tested, TimeUp
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.view import RunView
from tui_lab.session.jobs.replay import replay_of

AT_ONCE, NEVER = 1e-9, 1e6  # minutes


def view_of(events: list[Event]) -> RunView:
    return fold(stamped(events))


def replayed(asked: Experiment, view: RunView) -> list[Event]:
    return list(run(prepare(asked), SimpleQueue(), interval_s=0, plan=replay_of(view)))


def test_it_ends_the_run_once_the_epoch_is_validated_and_tests_it(tmp_path: Path) -> None:
    events = run_all(experiment(tmp_path, epochs=5, max_minutes=AT_ONCE))
    assert [epoch.epoch for epoch in epochs(events)] == [1]
    assert ending(events).status == "finished"
    assert "time limit" in ending(events).message
    assert "max_minutes" in ending(events).message
    kinds = [type(event) for event in events]
    assert kinds.index(TimeUp) < kinds.index(Tested)


def test_without_one_or_with_enough_time_all_epochs_are_made(tmp_path: Path) -> None:
    for minutes in (0.0, NEVER):
        events = run_all(experiment(tmp_path, max_minutes=minutes))
        assert len(epochs(events)) == 3
        assert not any(isinstance(event, TimeUp) for event in events)


@pytest.mark.parametrize("minutes", [AT_ONCE, NEVER], ids=["slower", "faster"])
def test_a_replay_ends_at_the_step_where_the_clock_ended_the_run(tmp_path: Path, minutes: float) -> None:
    made = run_all(experiment(tmp_path, epochs=4, max_minutes=0.0))
    second = epochs(made)[1]
    cut = [*made[: made.index(second) + 1], TimeUp(second.step, 2, 60.0), ending(made)]
    again = replayed(experiment(tmp_path, epochs=4, max_minutes=minutes), view_of(cut))
    assert [e.val_loss for e in epochs(again)] == [e.val_loss for e in epochs(made)[:2]]
    assert view_of(again).time_up
    assert "time limit" in ending(again).message


def test_a_run_that_goes_on_has_the_whole_time_again_and_is_the_same(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=3, max_minutes=AT_ONCE, dropout=0.3)
    cut = list(run(prepare(asked), SimpleQueue(), interval_s=0, saver=Saver(tmp_path / "c", 1e9)))
    saved = [event for event in cut if isinstance(event, CheckpointSaved)]
    prepared = prepare(asked)
    point = last_good(tmp_path / "c", saved, prepared.device)
    assert point.state["seconds"] > 0
    plan = [Planned(point.state["step"], Edit("max_minutes", 0.0))]
    on = list(run(prepared, SimpleQueue(), interval_s=0, resume=point, plan=plan))
    whole = run_all(experiment(tmp_path, epochs=3, dropout=0.3))
    assert step_losses(cut) + step_losses(on) == step_losses(whole)
    training = Training(prepared)
    training.restore(point.state)
    assert out_of_time(training)
    renew(training)
    assert not out_of_time(training)


def test_the_time_spent_before_a_kill_counts_after_it(tmp_path: Path) -> None:
    prepared = prepare(experiment(tmp_path, max_minutes=1.0))
    training = Training(prepared)
    training.seconds = 59.0
    state = training.capture()
    other = Training(prepared)
    other.restore(state)
    other.seconds += 1.0
    assert out_of_time(other)
