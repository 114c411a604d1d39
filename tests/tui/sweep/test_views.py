"""Each view of a sweep as rows of text, at all sizes, and for sweeps of every shape."""

from collections.abc import Sequence
from math import nan

import pytest

from tests.tui.sweep.made_sweep import (
    LR,
    MOMENTUM,
    THREE,
    TWELVE,
    MadeFeed,
    a_feed,
    a_sweep,
    events,
    records,
    view_of,
)  # fmt: skip
from tests.tui.sweep.open_sweep import shares
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.protocol.sweeps.events import SweepEvent, SweepStarted, TrialAdded, TrialEnded, TrialStarted
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.sweep.importance import Importance
from tui_lab.tui.style.text import Line, width_of
from tui_lab.tui.style.theme import STYLES
from tui_lab.tui.sweep.answer import Answer
from tui_lab.tui.sweep.shares import SEED, shares_of
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.views.cloud import BUDGET, CloudView
from tui_lab.tui.sweep.views.heat_map import HeatMapView
from tui_lab.tui.sweep.views.importance import ImportanceView
from tui_lab.tui.sweep.views.in_order import all_views
from tui_lab.tui.sweep.views.one_axis import OneAxisView
from tui_lab.tui.sweep.views.parallel import ParallelView
from tui_lab.tui.sweep.views.table import TableView
from tui_lab.tui.sweep.views.view import View

HOSTILE = "\x1b[31m\u202e[red]"
SIZES = ((76, 15), (116, 30), (40, 6), (10, 3), (5, 1))


def drawn(view: View, shown: SweepShown, size: tuple[int, int] = (76, 15)) -> list[Line]:
    """All of it, over as many frames as it takes."""
    lines = view.lines(shown, *size)
    while view.unfinished:
        lines = view.lines(shown, *size)
    return lines


def text(lines: Sequence[Line]) -> str:
    return "\n".join("".join(part for part, _ in line).rstrip() for line in lines)


def styled(lines: Sequence[Line], style: str) -> str:
    return "".join(part for line in lines for part, its in line if its == style)


def asked() -> Answer[Importance]:
    return Answer(shares)


def flat(axes: int) -> SweepView:
    """Trials that all have the same value."""
    made: list[SweepEvent] = [SweepStarted(a_sweep(TWELVE[:axes] or (), 6, 2), {}, 1)]
    for number in range(6):
        values = {axis.name: axis.at(number / 6) for axis in TWELVE[:axes]}
        made += [
            TrialAdded(number, number // 2, values, number % 2), TrialStarted(number, f"run-{number}"),
            TrialEnded(number, "finished", 3, 0.25, 2),
        ]  # fmt: skip
    return view_of(made)


def diverged() -> SweepView:
    made: list[SweepEvent] = [SweepStarted(a_sweep(THREE, 3), {}, 1)]
    for number in range(3):
        values = {axis.name: axis.at(0.5) for axis in THREE}
        made += [
            TrialAdded(number, number, values, 0), TrialStarted(number, f"run-{number}"),
            TrialEnded(number, "diverged", 1, nan, 0, message=f"the loss is NaN {HOSTILE}"),
        ]  # fmt: skip
    return view_of(made)


SHAPES = {
    "nothing": SweepView(),
    "only begun": view_of([SweepStarted(a_sweep(), {}, 1)]),
    "waiting": view_of([SweepStarted(a_sweep(), {}, 1), TrialAdded(0, 0, {"lr": 0.01}, 0)]),
    "all diverged": diverged(),
    "flat, no axes": flat(0),
    "flat": flat(3),
    "one trial": a_feed((LR,), 1, part=0.5).view,
    "one axis": a_feed((LR,), 30).view,
    "seeds only": a_feed((), 8, 8).view,
    "twelve axes": a_feed(TWELVE, 60, 2).view,
    "in the middle": a_feed(THREE, 100, 2, part=0.6).view,
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("log_y", [False, True])
def test_every_view_fits_every_size_for_every_sweep(name: str, log_y: bool) -> None:
    shown = SweepShown(SHAPES[name], log_y=log_y)
    for _ in range(3):
        for view in all_views(asked()):
            for size in SIZES:
                lines = drawn(view, shown, size)
                assert len(lines) <= size[1] or size[1] < 6, (view.name, size)
                assert all(width_of(line) <= size[0] for line in lines), (view.name, size)
                assert all(style in STYLES for line in lines for _, style in line), view.name
                assert size[1] < 6 or size[0] < 40 or lines, (view.name, size)
            view.turn(shown, 1)
        shown.group()
        shown.move(3)


@pytest.mark.parametrize("view", all_views(Answer(shares)), ids=lambda view: view.name)
def test_what_is_not_there_yet_is_said(view: View) -> None:
    said = text(drawn(view, SweepShown(SHAPES["only begun"])))
    assert "trials are waiting" in said or "once 10 trials are over" in said
    assert text(drawn(view, SweepShown(SHAPES["all diverged"]))).strip()


def test_values_from_outside_are_shown_safely() -> None:
    hostile = Axis(name="init", values=(HOSTILE, "b"))
    shown = SweepShown(a_feed((LR, hostile, MOMENTUM), 30).view)
    for view in all_views(asked()):
        shown.axis = 1
        assert "\x1b" not in text(drawn(view, shown)) and "\u202e" not in text(drawn(view, shown))


# Curves


def a_thousand() -> MadeFeed:
    made = records(events(a_sweep(THREE, 1000)))
    return MadeFeed(made, len(made) - 400)


def test_a_thousand_curves_are_drawn_over_frames_of_bounded_work() -> None:
    feed = a_thousand()
    shown, view = SweepShown(feed.view), CloudView()
    frames = 0
    while frames == 0 or view.unfinished:
        lines = view.lines(shown, 116, 30)
        frames += 1
        assert view.added <= BUDGET + 4 * 2 * 116, "at most a curve of each sort beyond the budget"
        if frames == 1:
            assert "not drawn yet" in text(lines)
    assert 20 < frames < 120
    assert "not drawn yet" not in text(lines)


def test_only_what_is_new_is_drawn() -> None:
    feed = a_thousand()
    shown, view = SweepShown(feed.view), CloudView()
    drawn(view, shown, (116, 30))
    view.lines(shown, 116, 30)
    assert view.added == 0, "nothing is new"
    shown.move(5)
    view.lines(shown, 116, 30)
    assert view.added == 0, "the selected curve is not one of the crowd"
    feed.step = 320
    assert feed.poll()  # the last trials, up to about epoch 40
    feed.step = 1
    shown.follow()
    drawn(view, shown, (116, 30))
    running = sum(trial.status == "running" for trial in feed.view.trials)
    work = []
    for _ in range(15):
        feed.poll()
        shown.follow()
        drawn(view, shown, (116, 30))
        work.append(view.added)
    assert 10 < running < 40
    assert 0 < sorted(work)[len(work) // 2] <= running * 5, "an epoch takes two or three columns of dots"


def test_what_grew_looks_like_what_is_drawn_at_once() -> None:
    made = records(events(a_sweep(THREE, 60)))
    feed = MadeFeed(made, 40, 7)
    shown, view = SweepShown(feed.view), CloudView()
    while feed.poll():
        shown.follow()
        drawn(view, shown)
    once = SweepShown(view_of(record.event for record in made))
    fresh = CloudView()
    fresh._window = view._window  # the axes keep their limits while the curves fit
    assert text(drawn(view, shown)) == text(drawn(fresh, once))


def test_the_best_the_selected_and_the_hopeless_have_their_own_look() -> None:
    shown, view = SweepShown(a_feed(THREE, 60).view), CloudView()
    shown.move(2)
    lines = drawn(view, shown, (116, 30))
    body = lines[1:]
    for style in ("best", "val", "train", "crowd", "crowd-dim"):
        assert styled(body, style).strip(), style
    best, chosen = shown.best, shown.chosen
    assert best is not None and chosen is not None and best is not chosen
    assert f"best #{best.number} {best.best:.4f}   ── #{chosen.number}" in text(lines[:1])


def test_a_logarithmic_axis_has_decades() -> None:
    shown = SweepShown(a_feed(THREE, 40).view, log_y=True)
    lines = text(drawn(CloudView(), shown, (116, 30)))
    assert "val_loss, log scale" in lines
    assert "0.1┤" in lines.replace("0.10", "0.1")


def test_a_trial_that_diverges_does_not_squeeze_the_others() -> None:
    shown, view = SweepShown(a_feed(THREE, 60).view), CloudView()
    drawn(view, shown)
    assert view._window is not None and view._window.y[1] < 5
    worst = max(value for trial in shown.trials for value in trial.curve if value == value)
    assert worst > 50


# Heat map


def test_a_cell_has_its_best_value_and_the_better_the_brighter() -> None:
    made: list[SweepEvent] = [
        SweepStarted(a_sweep((MOMENTUM, Axis(name="optimizer", values=("sgd", "adam"))), 6), {}, 1)
    ]
    found = {(0.8, "sgd"): (0.5, 0.9), (0.9, "sgd"): (0.4,), (0.95, "adam"): (0.2,), (0.8, "adam"): (nan,)}
    number = 0
    for (momentum, optimizer), values in found.items():
        for value in values:
            made += [
                TrialAdded(number, number, {"momentum": momentum, "optimizer": optimizer}, 0),
                TrialStarted(number, f"run-{number}"),
                TrialEnded(number, "finished", 1, value, 1),
            ]  # fmt: skip
            number += 1
    shown, view = SweepShown(view_of(made)), HeatMapView()
    lines = drawn(view, shown)
    assert "›★0.2000‹" in styled(lines, "right4"), "the best of three values is in the highest third"
    assert "0.4000" in styled(lines, "right2") and "0.5000" in styled(lines, "right1")
    assert "–" in styled(lines, "dim")
    rows = text(lines).splitlines()
    sgd = next(row for row in rows if row.strip().startswith("sgd"))
    adam = next(row for row in rows if row.strip().startswith("adam"))
    assert sgd.split() == ["sgd", "0.5000", "0.4000"]
    assert adam.split() == ["adam", "–", "›★0.2000‹"], "an empty cell is empty"
    assert rows.index(adam) < rows.index(sgd), "values rise upward"
    shown.median = True
    assert "0.7000" in text(drawn(view, shown))
    assert "optimizer ↑  median val_loss" in text(drawn(view, shown))


def test_the_axes_of_the_map_turn_and_stay_different() -> None:
    shown, view = SweepShown(a_feed(THREE, 30).view), HeatMapView()
    seen = set()
    for _ in range(3):
        view.turn(shown, 1)
        assert shown.x != shown.y
        if shown.x == 2:
            shown.turn_axis("y", 1)
        assert shown.x != shown.y
        seen.add((shown.x, shown.y))
        lines = text(drawn(view, shown))
        assert f"{shown.names[shown.y]} ↑" in lines and f"{shown.names[shown.x]} →" in lines
    assert len(seen) > 1


def test_a_map_needs_two_axes() -> None:
    assert "this sweep has one axis, lr: view" in text(drawn(HeatMapView(), SweepShown(SHAPES["one axis"])))
    assert "only its seeds and folds" in text(drawn(HeatMapView(), SweepShown(SHAPES["seeds only"])))


# One axis


def test_one_axis_shows_best_median_and_spread() -> None:
    shown, view = SweepShown(a_feed(THREE, 200).view), OneAxisView()
    lines = drawn(view, shown, (116, 30))
    assert text(lines).startswith("lr  val_loss   ★ best 0.0517 at 0.0751   ━ median   ░ middle half")
    assert styled(lines[1:], "accent").count("━") > 20
    assert "░" in styled(lines[1:], "crowd-dim")
    view.turn(shown, 1)
    assert text(drawn(view, shown, (116, 30))).startswith("momentum")
    assert "0.8" in text(drawn(view, shown)).splitlines()[-1]


# Parallel coordinates


def test_every_axis_is_a_vertical_and_the_best_tenth_is_bright() -> None:
    shown, view = SweepShown(a_feed(TWELVE, 60).view), ParallelView()
    lines = drawn(view, shown, (116, 30))
    rows = text(lines).splitlines()
    assert rows[1].split()[0] == "lr" and rows[1].split()[-1] == "val_loss"
    assert sum(glyph in "│┼" for glyph in rows[10]) == 13
    for style in ("best", "train", "crowd", "crowd-dim"):
        assert styled(lines[3:], style).strip(), style


def test_the_values_of_a_list_have_their_names() -> None:
    lines = text(drawn(ParallelView(), SweepShown(a_feed(THREE, 60).view), (116, 30)))
    assert "┼0.8" in lines and "┼0.95" in lines
    assert "1e-4" in lines.splitlines()[-1] and "0.1" in lines.splitlines()[2]


def test_a_trial_that_goes_on_has_no_line_among_the_others() -> None:
    feed = a_feed(THREE, 64, part=0.5)
    going = sum(trial.status == "running" for trial in feed.view.trials)
    view = ParallelView()
    drawn(view, SweepShown(feed.view), (116, 30))
    assert going > 40
    assert sum(len(crowd._drawn) for crowd in view._crowds.values()) <= 64 - going + 6


# Importance


def test_the_importance_is_asked_for_on_a_thread_and_again_when_more_trials_have_ended() -> None:
    shares_of = asked()
    shown, view = SweepShown(a_feed(THREE, 40, part=0.8).view), ImportanceView(shares_of)
    assert "Importance is known once 10 trials are over." in text(drawn(view, shown))
    shares_of.wait()
    assert shares_of.tick() and not shares_of.tick()
    rows = text(drawn(view, shown)).splitlines()
    assert [row.split()[0] for row in rows[4:]] == ["lr", "momentum", "width1"]
    assert "70%" in rows[4] and "chance" not in rows[5] and "may be chance" in rows[6]
    over, shares_of = SweepShown(a_feed(THREE, 40).view), asked()
    for answers in (1, 0):  # nothing changes, nothing is asked again
        drawn(ImportanceView(shares_of), over)
        shares_of.wait()
        assert shares_of.tick() is bool(answers)


def test_what_the_trials_say_is_shown_with_the_share_of_the_seed() -> None:
    feed = a_feed(THREE, 200, 4)
    answer = Answer(shares_of)
    shown, view = SweepShown(feed.view), ImportanceView(answer)
    drawn(view, shown)
    answer.wait()
    answer.tick()
    assert [one.axis for one in answer.found] == ["lr", "width1", "momentum", SEED]
    lines = text(drawn(view, shown))
    assert "lr alone explains" in lines and "within combinations" in lines


def test_what_goes_wrong_with_the_importance_is_said() -> None:
    def broken(view: SweepView) -> Sequence[Importance]:
        raise ValueError("no such forest")

    shares_of = Answer(broken)
    shown, view = SweepShown(a_feed(THREE, 40).view), ImportanceView(shares_of)
    drawn(view, shown)
    shares_of.wait()
    shares_of.tick()
    assert "no such forest" in text(drawn(view, shown))


# Table


def test_the_table_shows_the_rows_around_the_selected_one() -> None:
    shown, view = SweepShown(a_feed(THREE, 200).view), TableView()
    shown.move(100)
    lines = text(drawn(view, shown)).splitlines()
    assert len(lines) == 15
    chosen = shown.chosen
    assert chosen is not None
    assert any(row.startswith("›") and f"#{chosen.number} " in row for row in lines)
    assert lines[0].split()[:3] == ["TRIAL", "VAL_LOSS▾", "TEST"]


def test_left_and_right_scroll_the_columns_of_the_axes() -> None:
    shown, view = SweepShown(a_feed(TWELVE, 40).view), TableView()
    assert "ACTIVATION" not in text(drawn(view, shown))
    for _ in range(20):
        view.turn(shown, 1)
    rows = text(drawn(view, shown)).splitlines()
    assert "ACTIV" in rows[0] and rows[0].split()[0] == "TRIAL"
    for _ in range(20):
        view.turn(shown, -1)
    assert shown.shift == 0


def test_groups_have_mean_and_deviation() -> None:
    shown, view = SweepShown(a_feed(THREE, 40, 4).view), TableView()
    shown.group()
    lines = text(drawn(view, shown, (116, 15)))
    assert " ±" in lines and "×4" in lines and "COMBINATION" in lines
    assert "10 groups by combination, mean ± standard deviation" in lines
    assert "SEED" in lines and "0–3" in lines
