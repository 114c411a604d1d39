"""The chart as an instrument: axes, metric, smoothing, zoom, cursor and marks."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.fakes import NARROW, STEPS, WIDE, FakeClient, Lab, a_lab, preset
from tui_lab.protocol.events import EpochEnded, Measured, Origin
from tui_lab.protocol.history import History
from tui_lab.protocol.progress import still_improving
from tui_lab.protocol.steering_events import Edited, Undone
from tui_lab.protocol.view import RunView
from tui_lab.protocol.view_state import Branch
from tui_lab.tui.chart.curves.epoch_series import MOST, Track
from tui_lab.tui.chart.curves.frame import ChartData
from tui_lab.tui.chart.curves.lens import SMOOTHINGS, Lens
from tui_lab.tui.chart.curves.series import Series
from tui_lab.tui.chart.run_series import Tracks, chart_data, metrics_of
from tui_lab.tui.style.format import change


def curve(data: ChartData, label: str) -> Series:
    return next(line for line in data.series if line.label == label)


def data_of(lab: Lab) -> ChartData:
    return lab.screen.chart.chart.data


def told(run: FakeClient, view: RunView) -> RunView:
    for record in run.drain():
        view.apply(record)
    return view


@pytest.fixture
def view() -> RunView:
    """Five epochs of ten steps; each took 0.1 s."""
    run = FakeClient(preset().experiment())
    run.begin()
    run.epochs(1, 5)
    return told(run, RunView())


def test_x_is_the_epoch_the_step_or_the_time(view: RunView) -> None:
    track = Track().follow(view, "loss")
    assert track.places("step")([5, 10, 50]) == [5, 10, 50]
    assert track.places("epoch")([0, 5, 10, 50, 55]) == pytest.approx([0, 0.5, 1, 5, 5.5])
    assert track.places("time")([0, 5, 10, 50, 55]) == pytest.approx([0, 0.05, 0.1, 0.5, 0.55])
    ends, means = track.ends, track.means
    assert (ends.xs("step"), ends.xs("epoch")) == ([10, 20, 30, 40, 50], [1, 2, 3, 4, 5])
    assert ends.xs("time") == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert (means.xs("step"), means.xs("epoch")) == ([5, 15, 25, 35, 45], [0.5, 1.5, 2.5, 3.5, 4.5])
    assert means.xs("time") == pytest.approx([0.05, 0.15, 0.25, 0.35, 0.45])


def test_epochs_of_another_length_keep_their_place(view: RunView) -> None:
    """After an edit of the batch size an epoch has other than `steps_per_epoch` steps."""
    view.history.append(EpochEnded(6, 70, 0.1, 0.1, 1e-3, 0.1, {}, (), False))
    assert Track().follow(view, "loss").places("epoch")([50, 60, 70]) == pytest.approx([5, 5.5, 6])


def test_epochs_are_taken_in_as_they_come_and_anew_when_the_run_was_taken_back(view: RunView) -> None:
    track = Track().follow(view, "loss")
    run = FakeClient(view.experiment)  # type: ignore[arg-type]
    run._seq = view.seq
    run.say(Edited(50, 5, "lr", 1e-3, 1e-2, STEPS))
    run.epochs(6, 9)
    track.follow(told(run, view), "loss")
    assert track.ends.epochs == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    run.say(Undone(50, 5, "lr", 1e-3, 1e-2, 90, 0, STEPS))
    run.epochs(6, 11)
    track.follow(told(run, view), "loss")
    assert track.ends.epochs == list(range(1, 12))
    assert track.ends.values == [ended.val_loss for ended in view.history]
    assert track.follow(view, "accuracy").ends.values == [ended.metrics["accuracy"] for ended in view.history]


def test_epochs_that_an_undo_discarded_leave_the_curve_before_others_come(view: RunView) -> None:
    """The lab ended with an error: the curve had more epochs than the run."""
    track = Track().follow(view, "loss")
    run = FakeClient(view.experiment)  # type: ignore[arg-type]
    run._seq = view.seq
    run.say(Undone(25, 2, "lr", 1e-3, 1e-2, 50, 0, STEPS))
    track.follow(told(run, view), "loss")
    assert track.ends.epochs == [1, 2]
    view.history.append(EpochEnded(3, 30, 7.0, 8.0, 1e-3, 0.1, {}, (), False))
    track.follow(view, "loss")
    assert track.ends.values[-1] == 8.0 and track.ends.epochs == [1, 2, 3]


def test_a_long_run_is_kept_in_few_points_with_its_spike(view: RunView) -> None:
    track, last = Track(), view.history[-1]
    for k in range(6, 30_000):
        loss = 99.0 if k == 12_345 else 0.5
        view.history.append(replace(last, epoch=k, step=10 * k, val_loss=loss))
        if k % 997 == 0:
            track.follow(view, "loss")
    track.follow(view, "loss")
    ends = track.ends
    assert len(ends.values) <= MOST and len(track.means.values) <= MOST
    assert ends.epochs[ends.values.index(99.0)] == 12_345
    assert ends.epochs[-1] == 29_999
    assert ends.seconds[-1] == pytest.approx(0.1 * 29_999)


numbers = st.floats() | st.sampled_from([nan, inf, -inf, -1.0, 0.25])
tables = st.dictionaries(st.sampled_from(["accuracy", "f1"]), numbers)
recorded = st.lists(st.tuples(numbers, numbers, numbers, tables, tables), max_size=8)


@given(recorded, st.integers(0, 8), st.sampled_from(["loss", "accuracy", "learning rate"]), st.booleans())
def test_the_points_are_those_of_the_epochs_one_by_one(
    drawn: list[tuple[Any, ...]], first: int, metric: str, forked: bool
) -> None:
    """Taken from the columns in two parts; some epochs do not fit them."""
    view = RunView(origin=Origin("parent", 30, 3) if forked else None)
    told = [
        EpochEnded(number, 10 * number, train_loss, val_loss, 0.1, seconds, metrics, (), False, training)
        for number, (train_loss, val_loss, seconds, metrics, training) in enumerate(drawn, 4)
    ]
    track = Track()
    for part in (told[:first], told[first:]):
        for ended in part:
            view.history.append(ended)
        track.follow(view, metric)
    ends, means, step, elapsed_s = [], [], 30.0 if forked else 0.0, 0.0
    for ended in told:
        lasted_s = max(0.0, ended.seconds)
        value = {"loss": ended.val_loss, "learning rate": ended.lr}.get(
            metric, ended.metrics.get(metric, nan)
        )
        mean = ended.train_loss if metric == "loss" else ended.train_metrics.get(metric, nan)
        means.append(((step + ended.step) / 2, ended.epoch - 0.5, elapsed_s + lasted_s / 2, mean))
        step, elapsed_s = float(ended.step), elapsed_s + lasted_s
        ends.append((step, float(ended.epoch), elapsed_s, value))
    for points, expected in ((track.ends, ends), (track.means, means)):
        rows = zip(points.steps, points.epochs, points.seconds, points.values, strict=True)
        assert repr(list(rows)) == repr(expected)


def test_a_frame_of_a_long_run_makes_no_object_of_an_epoch(
    view: RunView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame of 300,000 epochs took 4 s: each was made anew, to be passed over."""
    for k in range(6, 3000):
        view.history.append(replace(view.history[-1], epoch=k, step=10 * k))
    view.undone = [Branch(0, view.history.part(0), {})]
    view.status = "finished"
    monkeypatch.setattr(History, "_made", lambda *_: pytest.fail("an epoch was made anew"))
    tracks = Tracks()
    for metric in ("loss", "accuracy", "seconds per epoch"):
        for _ in range(2):
            data = chart_data(view, "", Lens(metric=metric), view, tracks)
    assert {line.role for line in data.series} >= {"val", "gone"}
    still_improving(view)


async def test_a_frame_takes_in_a_portion_and_the_next_ones_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """300,000 epochs at once would hold up the keys for a tenth of a second."""
    monkeypatch.setattr("tui_lab.tui.chart.run_series.PORTION", 2)
    async with a_lab(WIDE) as lab:
        run = await lab.train(9)
        for _ in range(5):
            await lab.tick()
        assert list(curve(data_of(lab), "validation").x) == list(range(1, 10))
        assert not lab.screen.chart.tracks.behind
        run.epochs(10, 19)
        lab.app.watch_run.tick()
        lab.screen.chart.draw()
        assert list(curve(data_of(lab), "validation").x) == list(range(1, 12)), "two of the ten"
        assert lab.screen.chart.tracks.behind
        chart_data(None, "", Lens(), None, lab.screen.chart.tracks)
        assert not lab.screen.chart.tracks.behind, "what is not shown any more is not waited for"


def test_the_mean_of_each_epoch_is_drawn_over_the_steps(view: RunView) -> None:
    """The same number as in the table, in the middle of its epoch."""
    data = chart_data(view, "", Lens())
    assert [line.role for line in data.series] == ["raw", "train", "val"], "the last lies on top"
    assert list(curve(data, "training").y) == [ended.train_loss for ended in view.history]
    assert list(curve(data, "training").x) == [0.5, 1.5, 2.5, 3.5, 4.5]
    assert list(curve(data, "validation").x) == [1, 2, 3, 4, 5]
    assert list(curve(data, "steps").y) == [loss for _, loss in view.step_losses]
    last = view.history[-1]
    assert data.gap == f"gap {change(last.val_loss - last.train_loss)}"


def test_before_the_first_epoch_has_ended_there_is_a_running_mean(view: RunView) -> None:
    view.history = History()
    view.step_losses[:] = [(1, 3.0), (2, 1.0), (3, nan), (4, 2.0)]
    data = chart_data(view, "", Lens(x="step"))
    assert list(curve(data, "training").y) == [3.0, 2.0, 2.0, 2.0]
    assert data.gap == ""


@pytest.mark.parametrize("smooth", SMOOTHINGS)
def test_smoothing_moves_neither_validation_nor_star(view: RunView, smooth: float) -> None:
    plain, data = chart_data(view, "", Lens()), chart_data(view, "", Lens(smooth=smooth))
    assert curve(data, "validation") == curve(plain, "validation")
    assert [mark for mark in data.marks if mark.role == "best"] == [
        mark for mark in plain.marks if mark.role == "best"
    ]
    assert list(curve(data, "steps").y) == [loss for _, loss in view.step_losses], "as they are, behind"
    assert (f"smooth {smooth:.0%}" in data.notes) is bool(smooth)


def test_smoothing_is_by_a_span_of_x(view: RunView) -> None:
    """A span shorter than an epoch smooths the steps, a longer one the epochs."""
    steps = curve(chart_data(view, "", Lens(smooth=0.05)), "training")
    assert len(steps.x) == len(view.step_losses)
    last = view.history[-1]
    for k in range(6, 101):
        noisy = 0.2 + 0.1 * (k % 2)
        view.history.append(replace(last, epoch=k, step=10 * k, train_loss=noisy))
    epochs = curve(chart_data(view, "", Lens(smooth=0.15)), "training")
    assert len(epochs.x) == 100
    assert max(epochs.y[20:80]) - min(epochs.y[20:80]) < 0.02


def test_a_metric_has_its_own_baseline_and_no_star_of_the_loss(view: RunView) -> None:
    data = chart_data(view, "", Lens(metric="accuracy"))
    assert curve(data, "validation").y == [ended.metrics["accuracy"] for ended in view.history]
    assert data.baseline is not None and data.baseline.y == 0.6
    assert data.marks == ()
    assert data.y_label == "acc"
    lr = chart_data(view, "", Lens(metric="learning rate"))
    assert curve(lr, "learning rate").y == [1e-3] * 5
    assert lr.baseline is None


def test_a_metric_of_training_is_drawn_beside_that_of_validation(view: RunView) -> None:
    view.history = History(replace(e, train_metrics={"accuracy": 0.9 + e.epoch / 100}) for e in view.history)
    data = chart_data(view, "", Lens(metric="accuracy"))
    assert curve(data, "training").y == pytest.approx([0.91, 0.92, 0.93, 0.94, 0.95])
    assert data.gap == f"gap {change(view.history[-1].metrics['accuracy'] - 0.95)}"


def test_a_metric_that_an_epoch_lacks_is_a_gap(view: RunView) -> None:
    view.history.append(EpochEnded(6, 60, 0.1, 0.1, 1e-3, 0.1, {}, (), False))
    values = curve(chart_data(view, "", Lens(metric="accuracy")), "validation").y
    assert values[-1] != values[-1] and values[0] == values[0]


def test_the_cursor_reads_every_curve_at_its_place(view: RunView) -> None:
    view.step_losses.append((51, nan))
    words = chart_data(view, "", Lens(x="step", cursor=20.0)).readout
    assert "step 20" in words
    assert f"val {view.history[1].val_loss:.4f}" in words
    assert f"train {view.history[1].train_loss:.4f}" in words, "what the table says of that epoch"
    assert f"step loss {dict(view.step_losses)[20]:.4f}" in words
    assert f"gap {change(view.history[1].val_loss - view.history[1].train_loss)}" in words
    assert "step loss NaN" in chart_data(view, "", Lens(x="step", cursor=51.0)).readout
    assert "step" not in chart_data(view, "", Lens(cursor=2.0)).readout


def test_edits_are_marks_and_what_was_undone_is_dim(view: RunView) -> None:
    run = FakeClient(view.experiment)  # type: ignore[arg-type]
    run._seq = view.seq
    run.say(Edited(50, 5, "lr", 1e-3, 1e-2, STEPS), Measured(6, 60, {"loss": ((55, 9.0), (60, 9.5))}))
    told(run, view)
    marks = [mark for mark in chart_data(view, "", Lens()).marks if mark.role == "edit"]
    assert [(mark.x, mark.label) for mark in marks] == [(5, "lr 0.01")]
    run.say(Undone(50, 5, "lr", 1e-3, 1e-2, 60, 0, STEPS))
    told(run, view)
    data = chart_data(view, "", Lens(x="step"))
    assert [mark.label for mark in data.marks if mark.role == "edit"] == []
    gone = [line for line in data.series if line.role == "gone"]
    assert gone and list(gone[0].x) == [55, 60] and list(gone[0].y) == [9.0, 9.5]
    assert not any(line.fits for line in gone)
    assert gone[0].label == "discarded"
    assert not [line for line in chart_data(view, "", Lens(discarded=False)).series if line.role == "gone"]


RATE = Lens(x="step", metric="learning rate")


def test_the_learning_rate_is_drawn_by_step_after_epochs_that_recorded_only_their_last(view: RunView) -> None:
    run = FakeClient(view.experiment)  # type: ignore[arg-type]
    run._seq = view.seq
    run.say(Measured(6, 60, {"loss": ((60, 0.5),), "lr": ((51, 1e-3), (55, 1e-3), (56, 5e-4), (60, 5e-4))}))
    data = chart_data(told(run, view), "", RATE)
    rate = curve(data, "learning rate")
    assert list(rate.x) == [10, 20, 30, 40, 50, 51, 55, 56, 60]
    assert list(rate.y) == [1e-3] * 7 + [5e-4] * 2
    assert data.y_label == "lr"
    assert curve(chart_data(view, "", replace(RATE, x="epoch")), "learning rate").x[-1] == 6
    assert "learning rate 5.0e-4" in chart_data(view, "", replace(RATE, cursor=58.0)).readout


def test_the_learning_rate_is_neither_smoothed_nor_cut_off(view: RunView) -> None:
    view.series["lr"] = [(1, 1.0), (2, 1e-3), (50, 1e-3)]
    data = chart_data(view, "", replace(RATE, smooth=0.5))
    assert list(curve(data, "learning rate").y) == [1.0, 1e-3, 1e-3]
    assert data.whole and not data.notes
    assert not chart_data(view, "", Lens()).whole


def test_an_undone_learning_rate_is_dim_and_in_view(view: RunView) -> None:
    run = FakeClient(view.experiment)  # type: ignore[arg-type]
    run._seq = view.seq
    run.say(Measured(5, 50, {"loss": ((50, 0.5),), "lr": ((41, 1e-3), (50, 1e-3))}))
    run.say(Edited(50, 5, "lr", 1e-3, 1e-1, STEPS))
    run.say(Measured(6, 60, {"loss": ((60, 0.5),), "lr": ((51, 1e-1), (60, 1e-1))}))
    run.say(Undone(50, 5, "lr", 1e-3, 1e-1, 60, 0, STEPS))
    data = chart_data(told(run, view), "", RATE)
    (gone,) = [line for line in data.series if line.role == "gone"]
    assert (list(gone.x), list(gone.y), gone.fits) == ([51, 60], [1e-1, 1e-1], True)
    assert curve(data, "learning rate").x[-1] == 50


def test_the_parent_of_a_fork_shows_its_learning_rate_by_step(view: RunView) -> None:
    view.series["lr"] = [(1, 2e-3), (50, 1e-3)]
    parent = curve(chart_data(view, "", RATE, view), "parent")
    assert (list(parent.x), list(parent.y), parent.role) == ([1, 50], [2e-3, 1e-3], "gone")


def test_whatever_else_is_measured_at_steps_can_be_drawn(view: RunView) -> None:
    assert metrics_of(view)[-2:] == ("learning rate", "seconds per epoch")
    view.series["gradient norm"] = [(1, 3.0), (50, 2.0)]
    assert metrics_of(view)[-1] == "gradient norm"
    data = chart_data(view, "", Lens(x="step", metric="gradient norm"))
    (line,) = data.series
    assert (line.label, list(line.x), list(line.y)) == ("gradient norm", [1, 50], [3.0, 2.0])


def test_a_metric_of_validation_has_its_steps_behind_it(view: RunView) -> None:
    view.series["accuracy"] = [(1, 0.5), (50, 0.75)]
    data = chart_data(view, "", Lens(x="step", metric="accuracy"))
    assert (curve(data, "steps").role, list(curve(data, "steps").y)) == ("raw", [0.5, 0.75])
    assert len(curve(data, "validation").y) == 5


async def test_keys_change_how_a_run_is_looked_at() -> None:
    async with a_lab(WIDE, chosen="binary") as lab:
        await lab.train(10)
        await lab.press("l", "s")
        assert data_of(lab).log_y
        assert "smooth 2%" in lab.text()
        await lab.press("a")
        assert data_of(lab).x_label == "step"
        await lab.press("m")
        assert "2 Accuracy" in lab.text()
        await lab.press("L", "o")
        assert data_of(lab).log_x and data_of(lab).whole
        assert "whole y" in lab.text()


async def test_zoom_pan_and_cursor_are_taken_back_by_one_key() -> None:
    async with a_lab(WIDE, chosen="binary") as lab:
        await lab.train(10)
        await lab.press("plus", "left_curly_bracket")
        low, high = data_of(lab).x_limits or (0.0, 0.0)
        assert high - low == pytest.approx(5, abs=0.2) and high < 10
        assert "zoomed, 0 shows all" in lab.text()
        await lab.press("left_square_bracket", "left_square_bracket")
        assert "epoch 7  val " in data_of(lab).readout
        assert all(part in lab.text() for part in data_of(lab).readout.split("  "))
        await lab.press("0")
        assert data_of(lab).x_limits is None and not data_of(lab).readout
        await lab.press("equals_sign", "minus")
        assert data_of(lab).x_limits is None
        await lab.press("right_square_bracket")
        assert data_of(lab).readout
        await lab.press("escape")
        assert not data_of(lab).readout


async def test_a_zoomed_chart_stays_where_it_is_while_the_run_goes_on() -> None:
    async with a_lab(WIDE, chosen="binary") as lab:
        run = await lab.train(10)
        await lab.press("plus")
        before = data_of(lab).x_limits
        run.epochs(11, 15)
        await lab.tick()
        assert data_of(lab).x_limits == before


@pytest.mark.parametrize("size", [(20, 8), NARROW])
async def test_the_keys_of_the_chart_do_no_harm_without_a_run(size: tuple[int, int]) -> None:
    async with a_lab(size) as lab:
        await lab.press(
            "plus", "minus", "left_curly_bracket", "right_curly_bracket", "left_square_bracket",
            "right_square_bracket", "0", "l", "L", "a", "m", "s", "o", "h", "escape",
        )  # fmt: skip
        assert lab.runs == []


async def test_axes_and_smoothing_are_there_at_the_next_start() -> None:
    async with a_lab(WIDE, chosen="binary") as lab:
        await lab.train(3)
        await lab.press("l", "s", "s", "a", "o", "plus")
        assert data_of(lab).x_limits is not None and data_of(lab).whole
    async with a_lab(WIDE, chosen="binary") as lab:
        await lab.train(3)
        data = data_of(lab)
        assert data.log_y and data.notes == ("log y", "smooth 5%") and data.x_label == "step"
        assert data.x_limits is None and not data.whole, "those are for the run that was looked at"


@pytest.mark.parametrize("text", ["", "nonsense", "smooth=0.5 \x00 log_z", "epoch step time smooth="])
def test_what_was_remembered_wrongly_is_as_usual(text: str) -> None:
    assert Lens.remembered(text) == Lens()


@pytest.mark.parametrize("smooth", SMOOTHINGS)
def test_a_lens_remembers_axes_and_smoothing(smooth: float) -> None:
    lens = Lens("time", log_x=True, log_y=True, smooth=smooth)
    assert Lens.remembered(lens.memory) == lens
    assert Lens.remembered(replace(lens, cursor=1.0, whole=True, metric="r2").memory) == lens


async def test_what_an_undo_discarded_is_hidden_by_a_key() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await lab.train(6)
        run.say(Edited(60, 6, "lr", 1e-3, 1e-2, STEPS))
        run.epochs(7, 12)
        run.say(Undone(60, 6, "lr", 1e-3, 1e-2, 120, 0, STEPS))
        await lab.tick()
        x = data_of(lab).series
        assert "discarded" in [line.label for line in x]
        await lab.press("2", "h")
        assert "gone" not in [line.role for line in data_of(lab).series]
        await lab.press("h")
        assert data_of(lab).series == x
