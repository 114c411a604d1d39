"""The chart as an instrument: axes, metric, smoothing, zoom, cursor and marks."""

from dataclasses import replace
from math import nan

import pytest

from tests.tui.fakes import NARROW, STEPS, WIDE, FakeClient, Lab, a_lab, preset
from tui_lab.protocol.events import EpochEnded, StepsTrained
from tui_lab.protocol.steering import Edited, Undone
from tui_lab.protocol.view import RunView
from tui_lab.tui.chart import ChartData, Series
from tui_lab.tui.chart.lens import Lens
from tui_lab.tui.curves import chart_data
from tui_lab.tui.track import MOST, Track


def curve(data: ChartData, label: str) -> Series:
    return next(line for line in data.series if line.label == label)


def data_of(lab: Lab) -> ChartData:
    return lab.screen._chart.data


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
    assert (track.xs("step"), track.xs("epoch")) == ([10, 20, 30, 40, 50], [1, 2, 3, 4, 5])
    assert track.xs("time") == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])


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
    assert track.epochs == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    run.say(Undone(50, 5, "lr", 1e-3, 1e-2, 90, 0, STEPS))
    run.epochs(6, 11)
    track.follow(told(run, view), "loss")
    assert track.epochs == list(range(1, 12))
    assert track.values == [ended.val_loss for ended in view.history]
    assert track.follow(view, "accuracy").values == [ended.metrics["accuracy"] for ended in view.history]


def test_a_long_run_is_kept_in_few_points_with_its_spike(view: RunView) -> None:
    track, last = Track(), view.history[-1]
    for k in range(6, 30_000):
        loss = 99.0 if k == 12_345 else 0.5
        view.history.append(replace(last, epoch=k, step=10 * k, val_loss=loss))
        if k % 997 == 0:
            track.follow(view, "loss")
    track.follow(view, "loss")
    assert len(track.values) <= MOST
    assert track.epochs[track.values.index(99.0)] == 12_345
    assert track.epochs[-1] == 29_999
    assert track.seconds[-1] == pytest.approx(0.1 * 29_999)


def test_smoothed_curves_have_the_raw_ones_behind_them(view: RunView) -> None:
    plain, smooth = (chart_data(view, "", Lens(smooth=weight)) for weight in (0.0, 0.9))
    behind = [line for line in smooth.series if line.role == "raw"]
    assert [line.y for line in behind] == [curve(plain, name).y for name in ("training", "validation")]
    assert curve(smooth, "training").y[0] == pytest.approx(curve(plain, "training").y[0])
    spread = [max(curve(data, "training").y) - min(curve(data, "training").y) for data in (plain, smooth)]
    assert spread[1] < spread[0]
    assert "smooth 0.9" in smooth.note


def test_outliers_are_hidden_and_counted(view: RunView) -> None:
    for k in range(3):
        view.step_losses.append((51 + k, 1e5))
    data = chart_data(view, "", Lens(clip=True))
    assert data.y_limits is not None and data.y_limits[1] < 100
    assert "3 outliers hidden" in data.note
    assert chart_data(view, "", Lens()).y_limits is None


def test_a_metric_has_its_own_baseline_and_no_star_of_the_loss(view: RunView) -> None:
    data = chart_data(view, "", Lens(metric="accuracy"))
    assert curve(data, "validation").y == [ended.metrics["accuracy"] for ended in view.history]
    assert data.baseline is not None and data.baseline.y == 0.6
    assert data.marks == ()
    assert data.y_label == "acc"
    lr = chart_data(view, "", Lens(metric="learning rate"))
    assert curve(lr, "learning rate").y == [1e-3] * 5
    assert lr.baseline is None


def test_a_metric_that_an_epoch_lacks_is_a_gap(view: RunView) -> None:
    view.history.append(EpochEnded(6, 60, 0.1, 0.1, 1e-3, 0.1, {}, (), False))
    values = curve(chart_data(view, "", Lens(metric="accuracy")), "validation").y
    assert values[-1] != values[-1] and values[0] == values[0]


def test_the_cursor_reads_every_curve_at_its_place(view: RunView) -> None:
    view.step_losses.append((51, nan))
    words = chart_data(view, "", Lens(x="step", cursor=20.0)).readout
    assert "step 20" in words
    assert f"val {view.history[1].val_loss:.4f}" in words
    assert f"train {dict(view.step_losses)[20]:.4f}" in words
    assert "train NaN" in chart_data(view, "", Lens(x="step", cursor=51.0)).readout


def test_edits_are_marks_and_what_was_undone_is_dim(view: RunView) -> None:
    run = FakeClient(view.experiment)  # type: ignore[arg-type]
    run._seq = view.seq
    run.say(Edited(50, 5, "lr", 1e-3, 1e-2, STEPS), StepsTrained(6, 60, ((55, 9.0), (60, 9.5))))
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


async def test_keys_change_how_a_run_is_looked_at() -> None:
    async with a_lab(WIDE, chosen="binary") as lab:
        await lab.train(10)
        await lab.press("l", "s")
        assert data_of(lab).log_y
        assert "smooth 0.6" in lab.text()
        await lab.press("a")
        assert data_of(lab).x_label == "step"
        await lab.press("m")
        assert "2 Accuracy" in lab.text()
        await lab.press("L", "o")
        assert data_of(lab).log_x
        assert "0 outliers hidden" in lab.text()


async def test_zoom_pan_and_cursor_are_taken_back_by_one_key() -> None:
    async with a_lab(WIDE, chosen="binary") as lab:
        await lab.train(10)
        await lab.press("plus", "left_curly_bracket")
        low, high = data_of(lab).x_limits or (0.0, 0.0)
        assert high - low == pytest.approx(5, abs=0.2) and high < 10
        assert "zoomed, 0 shows all" in lab.text()
        await lab.press("left_square_bracket", "left_square_bracket")
        assert "val " in data_of(lab).readout and data_of(lab).readout in lab.text()
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
            "right_square_bracket", "0", "l", "L", "a", "m", "s", "o", "escape",
        )  # fmt: skip
        assert lab.runs == []
