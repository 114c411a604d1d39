"""`RunView`: watching a run and replaying its journal tell the same."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given

from tests.journals import fold
from tests.protocol.strategies import records as any_records
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.codec import decode, encode
from tui_lab.protocol.events import (
    CheckpointFailed,
    CheckpointSaved,
    DataLoaded,
    EndStatus,
    EpochEnded,
    Event,
    Measured,
    ModelBuilt,
    Record,
    RunEnded,
    RunResumed,
    RunStarted,
    Tested,
    Warned,
)
from tui_lab.protocol.steering_events import Advancing, Continued, Edited, Paused, StepProbed, Undone
from tui_lab.protocol.view import RunView
from tui_lab.protocol.view_state import MAX_STEP_POINTS

ASKED = Experiment(
    preset="p",
    task="regression",
    data=DataSpec(file="x.csv", target="y"),
    hyperparameters=Hyperparameters(epochs=10),
)
STARTED = RunStarted(ASKED, {"torch": "2.10", "threads": 2})
LOADED = DataLoaded("x.csv", "ab", 90, 4, (4,), "y", (), {"train": 63, "val": 18, "test": 9})
BUILT = ModelBuilt((), 5, 5, {"loss": 1.0}, steps_per_epoch=100)


def ended(epoch: int, val_loss: float = 1.0, best: bool = False) -> EpochEnded:
    return EpochEnded(epoch, epoch * 100, 1.0, val_loss, 0.01, 0.5, {"r2": 0.1}, best=best)


def steps(step: int, *losses: float) -> Measured:
    first = step - len(losses) + 1
    return Measured((step - 1) // 100 + 1, step, {"loss": tuple(enumerate(losses, first))})


def saved(step: int) -> CheckpointSaved:
    return CheckpointSaved(f"{step}.pt", "ab", step, step // 100, "due")


def record(*told: Event | tuple[float, Event]) -> list[Record]:
    """Stamp events; without a time of its own each comes a second after the one before."""
    out: list[Record] = []
    time = 100.0
    for seq, item in enumerate(told, 1):
        time, event = item if isinstance(item, tuple) else (time + 1, item)
        out.append(Record(seq, time, event))
    return out


RUN = record(
    STARTED, LOADED, BUILT, steps(50, 0.9, 0.8), ended(1, 0.7, True), saved(100), Warned("w"),
    steps(150, 0.6),
    ended(2, 0.75), ended(3, 0.6, True), CheckpointFailed(300, "disk full"), ended(4, 0.65),
    Tested(3, {"loss": 0.6, "r2": 0.4}), RunEnded("finished", "done", "export it"),
)  # fmt: skip


@given(any_records)
def test_live_and_replay_give_the_same_view(told: list[Record]) -> None:
    live = RunView()
    for item in told:
        live.apply(item)
    replayed = fold([decode(encode(item)) for item in told])
    assert repr(replayed) == repr(live)


def test_a_whole_run() -> None:
    view = fold(RUN)
    assert (view.status, view.message, view.hint) == ("finished", "done", "export it")
    assert (view.started, view.ended, view.seq) == (101.0, 114.0, 14)
    assert (view.experiment, view.data, view.model) == (ASKED, LOADED, BUILT)
    assert view.environment == {"torch": "2.10", "threads": 2}
    assert (view.epoch, view.step) == (4, 400)
    assert [e.epoch for e in view.history] == [1, 2, 3, 4]
    assert view.step_losses == [(49, 0.9), (50, 0.8), (150, 0.6)]
    assert view.best is not None
    assert view.best.epoch == 3
    assert view.tested is not None
    assert view.tested.metrics["r2"] == 0.4
    assert view.warnings == ["w"]
    assert [c.step for c in view.checkpoints] == [100]
    assert view.checkpoint_failed == "disk full"


def test_before_anything_is_told() -> None:
    view = RunView()
    assert view.status == "running"
    assert (view.total_steps, view.steps_per_second, view.seconds_left, view.best) == (None,) * 4


@pytest.mark.parametrize("cut", range(len(RUN)))
def test_until_its_last_event_it_is_running(cut: int) -> None:
    view = fold(RUN[:cut])
    assert view.status == "running"
    assert view.ended is None
    assert view.seq == cut


@pytest.mark.parametrize("status", get_args(EndStatus))
def test_how_it_ended(status: EndStatus) -> None:
    assert fold(record(STARTED, RunEnded(status, "m"))).status == status


def test_a_saved_checkpoint_ends_the_worry_about_a_failed_one() -> None:
    view = fold(record(STARTED, CheckpointFailed(1, "disk full"), saved(2)))
    assert view.checkpoint_failed == ""


def test_the_pace_is_that_of_the_last_seconds() -> None:
    slow_then_quick = [(float(t), steps(10 * t, 1.0)) for t in range(1, 11)]
    slow_then_quick += [(float(t), steps(100 + 50 * (t - 10), 1.0)) for t in range(11, 31)]
    view = fold(record((0.0, STARTED), (0.0, BUILT), *slow_then_quick))
    assert view.steps_per_second == pytest.approx(50)
    assert view.total_steps == 1000
    assert view.step == 1100
    assert view.seconds_left == 0
    earlier = fold(record((0.0, STARTED), (0.0, BUILT), *slow_then_quick[:5]))
    assert earlier.steps_per_second == pytest.approx(10)
    assert earlier.seconds_left == pytest.approx((1000 - 50) / 10)


def test_the_pace_counts_from_the_moment_the_network_stood() -> None:
    view = fold(record((0.0, STARTED), (7.0, BUILT), (9.0, steps(10, 1.0))))
    assert view.steps_per_second == pytest.approx(5)


def test_no_pace_without_time_between() -> None:
    view = fold(record((1.0, STARTED), (1.0, BUILT), (1.0, steps(10, 1.0))))
    assert view.steps_per_second is None
    assert view.seconds_left is None


def test_a_clock_set_back_is_forgotten_at_once() -> None:
    told = [(5000.0 + t, steps(10 * t, 1.0)) for t in range(1, 5)]
    told += [(1000.0 + t, steps(40 + 10 * t, 1.0)) for t in range(1, 4)]
    view = fold(record((5000.0, STARTED), (5000.0, BUILT), *told))
    assert view.steps_per_second == pytest.approx(10)


def test_the_pace_needs_little_memory() -> None:
    many = [(t / 10, steps(t, 1.0)) for t in range(1, 5000)]
    view = fold(record((0.0, BUILT), *many))
    assert len(view.pace.recent) < 60


def test_losses_of_steps_are_bounded_and_keep_their_spike() -> None:
    view = RunView()
    for seq in range(1, 1001):
        losses = [1.0] * 100
        if seq == 314:
            losses[15] = 1e9
        view.apply(Record(seq, float(seq), steps(seq * 100, *losses)))
        assert len(view.step_losses) <= MAX_STEP_POINTS
    assert (31_316, 1e9) in view.step_losses
    assert view.step_losses[-1] == (100_000, 1.0)
    assert view.step_losses == sorted(view.step_losses)
    assert len(view.step_losses) > MAX_STEP_POINTS // 8


def test_each_series_is_thinned_for_itself_and_cut_with_the_others() -> None:
    rates = tuple((step, 1 / step) for step in range(1, 2 * MAX_STEP_POINTS))
    view = fold(record(Measured(1, 20_000, {"loss": ((1, 0.5), (20_000, 0.4)), "lr": rates})))
    assert view.series["loss"] == [(1, 0.5), (20_000, 0.4)]
    assert MAX_STEP_POINTS // 8 < len(view.series["lr"]) <= MAX_STEP_POINTS
    view.apply(Record(2, 2.0, RunResumed("9.pt", step=9, epoch=0, environment={})))
    assert view.series["loss"] == [(1, 0.5)]
    assert view.series["lr"][-1][0] <= 9


def test_a_single_large_event_is_bounded_too() -> None:
    view = fold(record(steps(100_000, *[1.0] * 100_000)))
    assert len(view.step_losses) <= MAX_STEP_POINTS


def test_a_resumed_run_forgets_what_came_after_its_checkpoint() -> None:
    resumed = RunResumed("200.pt", step=200, epoch=2, environment={"torch": "2.11"})
    told = (STARTED, LOADED, BUILT, steps(150, 0.9), ended(1, 0.7, True), ended(2, 0.8), saved(200))
    lost = (
        steps(250, 0.5),
        ended(3, 0.6, True),
        saved(300),
        Tested(3, {"loss": 0.6}),
        RunEnded("stopped", "m"),
    )
    view = fold(record(*told, *lost, resumed))
    assert (view.status, view.message, view.ended, view.tested) == ("running", "", None, None)
    assert (view.epoch, view.step, view.resumed) == (2, 200, 1)
    assert [e.epoch for e in view.history] == [1, 2]
    assert view.best is not None
    assert view.best.epoch == 1
    assert view.step_losses == [(150, 0.9)]
    assert [c.step for c in view.checkpoints] == [200]
    assert view.environment == {"torch": "2.11"}


@pytest.mark.parametrize(
    "back",
    [Undone(100, 1, "lr", 0.1, 0.2, 150, 0, 100), RunResumed("100.pt", step=100, epoch=1, environment={})],
    ids=lambda back: back.kind,
)
def test_what_was_seen_in_a_step_is_gone_with_the_step(back: Event) -> None:
    edit = Edited(100, 1, "lr", 0.1, 0.2, 100)
    told = record(STARTED, LOADED, BUILT, ended(1), edit, StepProbed(150, 1, 0.5, 0.1, ()), back)
    assert fold(told[:-1]).probe is not None
    assert fold(told).probe is None


def test_an_epoch_whose_end_came_after_the_checkpoint_of_its_last_step_ends_once() -> None:
    resumed = RunResumed("300.pt", step=300, epoch=2, environment={})
    told = (STARTED, LOADED, BUILT, ended(1, 0.7, True), ended(2, 0.8), steps(300, 0.5))
    between = CheckpointSaved("300.pt", "ab", 300, 2, "due")
    view = fold(record(*told, between, ended(3, 0.6, True), resumed, ended(3, 0.6, True)))
    assert [e.epoch for e in view.history] == [1, 2, 3]
    edit = Edited(300, 2, "lr", 0.1, 0.2, 100)
    undone = Undone(300, 2, "lr", 0.1, 0.2, 300, 0, 100)
    view = fold(record(*told, edit, ended(3, 0.6, True), undone, ended(3, 0.7)))
    assert [e.val_loss for e in view.history] == [0.7, 0.8, 0.7]
    assert [e.val_loss for branch in view.undone for e in branch.history] == [0.6]


def test_the_seconds_of_training_leave_out_pauses_and_gaps() -> None:
    told = (STARTED, LOADED, BUILT, ended(1), Paused(100, 1), (900.0, Continued(100, 1, 796.0)), ended(2))
    view = fold(record(*told, steps(250, 0.5)))
    assert view.seconds_trained == pytest.approx(1.25), "two epochs and a half, of half a second each"
    assert view.epochs_done == 2
    resumed = RunResumed("100.pt", step=100, epoch=1, environment={})
    view = fold(record(*told, RunEnded("stopped", ""), (9000.0, resumed), ended(2), RunEnded("finished", "")))
    assert view.seconds_trained == pytest.approx(1.0)


def test_the_seconds_of_a_first_epoch_are_told_by_its_pace() -> None:
    assert fold(record(STARTED, LOADED, BUILT)).seconds_trained is None
    told = (STARTED, LOADED, BUILT, steps(20, 0.5))
    assert fold(record(*told)).seconds_trained == pytest.approx(1.0)
    waiting = fold(record(*told, Paused(20, 0)))
    assert waiting.steps_per_second is None
    assert waiting.seconds_trained == pytest.approx(1.0), "what was trained is known while it is paused"


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0])
def test_seconds_that_cannot_be_count_as_none(seconds: float) -> None:
    view = fold(record(STARTED, LOADED, BUILT, replace(ended(1), seconds=seconds)))
    assert view.seconds_trained == 0


def test_the_pace_of_a_resumed_run_counts_from_the_checkpoint() -> None:
    resumed = RunResumed("200.pt", step=200, epoch=2, environment={})
    view = fold(record((0.0, BUILT), (1.0, steps(200, 1.0)), (9000.0, resumed), (9002.0, steps(260, 1.0))))
    assert view.steps_per_second == pytest.approx(30)


def test_a_pause_does_not_count_as_training() -> None:
    told = [STARTED, LOADED, BUILT, (200.0, steps(50, 1.0)), (201.0, steps(60, 1.0)), Paused(60, 0)]
    assert fold(record(*told)).steps_per_second is None, "nothing is trained"
    by_hand = [(900.0, Advancing(60, 0, "step")), (901.0, steps(61, 1.0)), StepProbed(61, 1, 1.0, 1.0, ())]
    assert fold(record(*told, *by_hand)).seconds_left is None
    epoch = [(1000.0, Advancing(60, 0, "epoch")), (1001.0, steps(80, 1.0))]
    assert fold(record(*told, *epoch)).steps_per_second == 20
    assert (
        fold(record(*told, (2000.0, Continued(60, 0, 1800)), (2001.0, steps(70, 1.0)))).steps_per_second == 10
    )


def test_the_epoch_under_way_is_that_of_the_last_step() -> None:
    told: list[Event] = [STARTED, LOADED, BUILT]
    assert fold(record(*told)).under_way == 0
    told += [steps(60, 1.0)]
    assert fold(record(*told)).under_way == 1
    told += [steps(100, 1.0), ended(1), Paused(100, 1)]
    assert fold(record(*told)).under_way == 1
    told += [Edited(100, 1, "lr", 0.1, 0.2, 100), Measured(2, 100, {"loss": ()})]
    assert fold(record(*told)).under_way == 1, "no step of the second one is made"
    told += [steps(173, 1.0), Edited(173, 1, "lr", 0.2, 0.3, 100), steps(180, 1.0)]
    told += [Undone(173, 1, "lr", 0.2, 0.3, 180, 1, 100)]
    assert fold(record(*told)).under_way == 2, "undone to the middle of the second one"


def test_what_is_told_again_counts_though_the_line_of_the_resume_is_damaged() -> None:
    edit, later = Edited(150, 1, "lr", 0.01, 0.02, 100), Edited(250, 2, "lr", 0.02, 0.03, 100)
    resumed = RunResumed("100.pt", step=100, epoch=1, environment={})
    told = (
        STARTED,
        LOADED,
        BUILT,
        steps(100, 0.9),
        ended(1, 0.7, True),
        steps(150, 0.8),
        edit,
        ended(2, 0.6, True),
    )
    lost = (steps(250, 0.5), later, ended(3, 0.5, True))
    again = (steps(150, 0.8), edit, ended(2, 0.65, True), steps(220, 0.4))
    whole, damaged = fold(record(*told, *lost, resumed, *again)), fold(record(*told, *lost, *again))
    assert damaged.history == whole.history
    assert damaged.step_losses == whole.step_losses
    assert damaged.edits == whole.edits == [edit]
    assert damaged.best == whole.best
    assert damaged.epochs_s == whole.epochs_s
