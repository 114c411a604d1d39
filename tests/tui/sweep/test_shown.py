"""Which trials of a sweep are shown, in which order, which is selected; their groups and scales."""

from math import nan

import pytest

from tests.tui.sweep.made_sweep import (
    LR,
    MOMENTUM,
    OPTIMIZER,
    THREE,
    TWELVE,
    WIDTH,
    a_feed,
    a_sweep,
    events,
    view_of,
)  # fmt: skip
from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.protocol.sweeps.events import (
    SweepEvent,
    SweepStarted,
    TrialAdded,
    TrialEnded,
    TrialsMeasured,
    TrialStarted,
)
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.tui.sweep.columns import in_common
from tui_lab.tui.sweep.groups import COMBINATION
from tui_lab.tui.sweep.head import seconds_left
from tui_lab.tui.sweep.scales import AxisScale
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.texts import value_text
from tui_lab.tui.sweep.views.table import TableView


def numbers(shown: SweepShown) -> list[int]:
    return [trial.number for trial in shown.trials]


def ended(values: dict[int, float], repeats: int = 1, metric: str = "val_loss") -> SweepView:
    """A sweep whose trials have ended with these values."""
    sweep = a_sweep(THREE, len(values), repeats).model_copy(update={"metric": metric})
    made: list[SweepEvent] = [SweepStarted(sweep, {}, 1)]
    for number, value in values.items():
        lr = 0.001 * (number // repeats + 1)
        made += [
            TrialAdded(number, number // repeats, {"lr": lr, "momentum": 0.9, "width1": 8}, number % repeats),
            TrialStarted(number, f"run-{number}"),
            TrialsMeasured((number,), (1,), (value,)),
            TrialEnded(number, "finished" if value == value else "diverged", 1, value, 1),
        ]
    return view_of(made)


# Order and selection


def test_the_best_come_first_and_those_without_a_value_last() -> None:
    shown = SweepShown(ended({0: 0.5, 1: nan, 2: 0.1, 3: 0.3}))
    assert numbers(shown) == [2, 3, 0, 1]
    assert shown.best is not None and shown.best.number == 2
    shown.turn()
    assert numbers(shown) == [0, 3, 2, 1], "also in the other direction"


def test_of_a_score_the_highest_is_best() -> None:
    shown = SweepShown(ended({0: 0.5, 1: 0.9, 2: 0.1}, metric="val_accuracy"))
    assert numbers(shown) == [1, 0, 2]


def test_the_best_is_selected_until_another_is() -> None:
    view = ended({0: 0.5, 1: 0.1})
    shown = SweepShown(view)
    assert shown.chosen is view.trials[1]
    view.trials[0].best = 0.01
    shown.follow()
    assert shown.chosen is view.trials[0]


def test_the_same_trial_stays_selected_when_rows_move() -> None:
    view = ended({0: 0.5, 1: 0.1, 2: 0.3})
    shown = SweepShown(view)
    shown.move(1)
    assert shown.chosen is view.trials[2] and shown.place == 1
    view.trials[0].best = 0.2
    shown.follow()
    assert numbers(shown) == [1, 0, 2]
    assert shown.chosen is view.trials[2] and shown.place == 2
    shown.sort()
    assert shown.chosen is view.trials[2]


def test_it_sorts_by_every_column() -> None:
    feed = a_feed(TWELVE, 40)
    shown = SweepShown(feed.view)
    seen = {shown.order}
    for _ in shown.columns:
        shown.sort()
        seen.add(shown.order)
        assert sorted(numbers(shown)) == list(range(40))
        shown.turn()
        assert sorted(numbers(shown)) == list(range(40))
        shown.turn()
    assert seen == {column.name for column in shown.columns} >= {axis.name for axis in TWELVE}
    shown.order = "lr"
    shown.follow()
    rates = [trial.values["lr"] for trial in shown.trials]
    assert rates == sorted(rates)


def test_the_best_tenth_is_at_least_one_and_at_most_fifty() -> None:
    assert len(SweepShown(ended({0: 0.5, 1: 0.1})).top) == 1
    shown = SweepShown(a_feed(THREE, 1000).view)
    assert len(shown.top) == 50
    assert shown.top == {trial.number for trial in shown.ranked[:50]}


# Filter


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("lr<0.01", lambda trial: trial.values["lr"] < 0.01),
        ("LR>=0.01 status=finished", lambda trial: trial.values["lr"] >= 0.01 and trial.status == "finished"),
        ("status!=given_up", lambda trial: trial.status != "given_up"),
        ('status="given up"', lambda trial: trial.status == "given_up"),
        ("optim=adam", lambda trial: trial.values["optimizer"] == "adam"),
        ("optimizer=adam*", lambda trial: trial.values["optimizer"] in ("adam", "adamw")),
        ("sgd", lambda trial: trial.values["optimizer"] == "sgd"),
        ("val_loss<0.1", lambda trial: trial.best < 0.1),
        ("best<0.1", lambda trial: trial.best < 0.1),
        ("test_acc>0.9", lambda trial: trial.test.get("accuracy", 0) > 0.9),
        ("val_acc>0.9", lambda trial: trial.metrics.get("accuracy", 0) > 0.9),
        ("epoch=20", lambda trial: trial.epoch == 20),
        ("trial<5", lambda trial: trial.number < 5),
        ("#7", lambda trial: f"#{trial.number}".startswith("#7")),
        ("width1>20", lambda trial: trial.values["width1"] > 20),
    ],
)
def test_a_filter_shows_the_trials_that_match(text: str, test: object) -> None:
    feed = a_feed((LR, OPTIMIZER, WIDTH), 50)
    shown = SweepShown(feed.view)
    shown.filter(text)
    wanted = {trial.number for trial in feed.view.trials if test(trial)}  # type: ignore[operator]
    assert set(numbers(shown)) == wanted
    assert 0 < len(wanted) < 50


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("momemtum>1", "did you mean"),
        ("lr<", "add a value"),
        ("status<finished", "compare a text with = or !="),
        ('name="a', "quotation mark"),
        ("nothing=1", "name an axis (lr, momentum, width1)"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_in_words(text: str, words: str) -> None:
    shown = SweepShown(a_feed().view)
    with pytest.raises(InputError) as refused:
        shown.filter(text)
    assert words in str(refused.value)
    assert len(shown.trials) == 40 and not shown.text


def test_what_the_filter_hides_is_not_selected_until_it_is_shown_again() -> None:
    view = ended({0: 0.5, 1: 0.1, 2: 0.3})
    shown = SweepShown(view)
    shown.point_at(view.trials[0])
    shown.filter("val_loss<0.4")
    assert shown.chosen is view.trials[1] and shown.place == 0
    shown.filter("")
    assert shown.chosen is view.trials[0]


# Groups


def test_trials_of_a_combination_are_one_row_with_their_spread() -> None:
    view = ended({0: 0.2, 1: 0.4, 2: 0.1, 3: 0.7}, repeats=2)
    shown = SweepShown(view)
    shown.group()
    assert shown.group_by == COMBINATION
    first, second = shown.groups
    assert [trial.number for trial in first.trials] == [0, 1]
    assert first.spread is not None and first.spread.mean == pytest.approx(0.3)
    assert first.spread.deviation == pytest.approx(0.02**0.5)  # ((0.1)² + (0.1)²) / (2 - 1)
    assert second.spread is not None and second.spread.mean == pytest.approx(0.4)
    assert shown.best_group is not None and shown.best_group.trials[0].number == 0, (
        "the better mean, not the best"
    )


def test_the_row_of_the_selected_trial_is_selected_and_rows_select_their_best() -> None:
    view = ended({0: 0.2, 1: 0.4, 2: 0.1, 3: 0.7}, repeats=2)
    shown = SweepShown(view)
    shown.point_at(view.trials[3])
    shown.group()
    assert shown.place == 1 and shown.chosen is view.trials[3]
    shown.move(-1)
    assert shown.chosen is view.trials[0]


def test_every_axis_groups_and_a_range_in_parts() -> None:
    shown = SweepShown(a_feed(THREE, 60).view)
    ways = []
    for _ in range(4):
        shown.group()
        ways.append(shown.group_by)
        if shown.group_by:
            assert sum(len(group.trials) for group in shown.groups) == 60
    assert ways == ["lr", "momentum", "width1", ""], "single trials have no combinations to group"
    shown.group_by = "momentum"
    shown.follow()
    assert sorted(group.label for group in shown.groups) == ["0.8", "0.9", "0.95"]
    shown.group_by = "lr"
    shown.follow()
    assert 5 < len(shown.groups) <= 10


def test_an_axis_in_which_the_shown_do_not_differ_is_no_column() -> None:
    shown = SweepShown(a_feed((LR, OPTIMIZER), 40).view)
    assert "optimizer" in {column.name for column in shown.columns}
    shown.filter("optimizer=sgd")
    assert "optimizer" not in {column.name for column in shown.columns}
    assert in_common(shown.view, shown.trials) == {"optimizer": "sgd"}


# Scales


def test_a_scale_holds_values_beyond_the_range() -> None:
    scale = AxisScale(LR, [0.001, 1.0])
    assert scale.limits == (1e-4, 1.0)
    assert scale.place(0.01) == pytest.approx(0.5)
    assert (scale.place(1e-4), scale.place(1.0)) == (0.0, 1.0)
    assert scale.at(0.5) == pytest.approx(0.01)


def test_parts_of_a_scale() -> None:
    assert AxisScale(MOMENTUM).bins(10).labels == ("0.8", "0.9", "0.95")
    many = AxisScale(Axis(name="batch_size", values=tuple(range(1, 31))))
    assert len(many.bins(7).labels) == 7
    assert all(0 <= many.bins(7).of(value) < 7 for value in many.values)
    few = AxisScale(Axis(name="accumulate", low=1.0, high=4.0, whole=True)).bins(8)
    assert few.labels == ("1", "2", "3", "4")
    assert [few.of(value) for value in (1, 2, 3, 4)] == [0, 1, 2, 3]
    rates = AxisScale(LR).bins(3)
    assert [rates.of(value) for value in (1e-4, 1e-3 * 1.01, 0.1)] == [0, 1, 2]
    words = AxisScale(OPTIMIZER, ["lion"])
    assert words.bins(9).labels == ("sgd", "adam", "adamw", "lion"), "a value that was tried is on the scale"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00316228, "0.00316"), (1.5e-4, "1.5e-4"), (2e-10, "2e-10"), (0.0, "0"), (64, "64"), ("adam", "adam"),
     (True, "true"), (1234567.0, "1.23e6"), (-0.00012, "-1.2e-4"), (100.0, "100")],
)  # fmt: skip
def test_values_are_short(value: float, text: str) -> None:
    assert value_text(value) == text


# Time


def test_the_time_that_is_left() -> None:
    sweep = a_sweep(THREE, 6)
    view = SweepView()
    view.sweep, view.seconds = sweep, 30.0
    view.trials = [
        TrialView(k, k, {}, 0, status="finished", epoch=epoch) for k, epoch in enumerate((10, 20, 30))
    ]
    view.trials.append(TrialView(3, 3, {}, 0, status="running", epoch=15))
    # 75 epochs in 30 s; the running one goes to 25 as those beyond 15 did, the two to come to 20 each
    assert seconds_left(view) == pytest.approx((10 + 40) * 30 / 75)
    view.sweep = sweep.model_copy(update={"budget_s": 40.0})
    assert seconds_left(view) == pytest.approx(10.0)
    view.trials = view.trials[:2]
    assert seconds_left(view) is None


def test_a_made_sweep_is_the_same_each_time() -> None:
    one, two = (view_of(events(a_sweep(THREE, 30))) for _ in range(2))
    assert [trial.best for trial in one.ranked()] == [trial.best for trial in two.ranked()]


def test_the_star_of_groups_is_on_the_best_mean() -> None:
    lucky, even = {"lr": 0.001}, {"lr": 0.01}
    results = ((lucky, 0.1), (lucky, 0.9), (even, 0.3), (even, 0.4))
    made: list[SweepEvent] = [SweepStarted(a_sweep((LR,), 4, 2), {}, 1)]
    for number, (values, best) in enumerate(results):
        made.append(TrialAdded(number, number // 2, dict(values), number % 2))
        made.append(TrialEnded(number, "finished", 9, best, 9))
    shown = SweepShown(view_of(made))
    for by in ("combination", "lr"):
        shown.group()
        assert shown.group_by == by and shown.best is shown.view.trials[0]
        assert shown.best_row is shown.groups[0] and shown.groups[0].first.values == even
    rows = ["".join(text for text, _ in line) for line in TableView().lines(shown, 80, 10)]
    assert "★" in rows[1] and "0.01" in rows[1] and "★" not in rows[2]
    made.append(TrialEnded(3, "diverged", 9, 0.4, 9))
    shown = SweepShown(view_of(made))
    shown.group()
    assert [group.first.values for group in shown.groups] == [lucky, even], "one of its trials diverged"
    assert shown.best_row is shown.groups[0]
    assert shown.best_group is not None and shown.best_group.values == lucky
