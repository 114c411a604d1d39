"""The screen of a sweep: what is on it, and what each key does."""

from collections.abc import Sequence

import pytest
from textual.widgets import Input

from tests.tui.fakes import HUGE, NARROW, WIDE, same_as_before
from tests.tui.sweep.made_sweep import LR, THREE, TWELVE, MadeFeed, a_feed, a_sweep, events, records, view_of
from tests.tui.sweep.open_sweep import OpenSweep, a_sweep_screen, at_the_end
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.protocol.sweeps.commands import (
    ChangeAxis,
    ContinueSweep,
    DropTrial,
    KeepTrial,
    MoreTrials,
    PauseSweep,
    StopSweep,
    SweepCommand,
)  # fmt: skip
from tui_lab.protocol.sweeps.events import (
    SweepPaused,
    SweepRecord,
    SweepStarted,
    TrialAdded,
    TrialEnded,
    TrialsMeasured,
    TrialStarted,
)
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.tui.chart.actions import SETTING
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.state.settings import read_setting
from tui_lab.tui.sweep.screen import SweepScreen
from tui_lab.tui.sweep.steering import axis_words
from tui_lab.tui.sweep.wishes import ForkTrial, OpenTrial, SavePreset
from tui_lab.tui.widgets.confirm import AskScreen
from tui_lab.tui.widgets.help import HelpScreen

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
VIEWS = {"curves": "1", "heat-map": "2", "one-axis": "3", "parallel": "4", "importance": "5", "table": "6"}


def going(part: float = 0.6, trials: int = 100, seeds: int = 1) -> MadeFeed:
    return a_feed(THREE, trials, seeds, part)


def chosen(sweep: OpenSweep) -> int:
    trial = sweep.screen.trials.chosen
    assert trial is not None
    return trial.number


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
async def test_each_view(view: str, size: str) -> None:
    async with a_sweep_screen(going(), SIZES[size]) as sweep:
        await sweep.press(VIEWS[view], "down", "down")
        same_as_before(f"sweep-{view}-{size}", sweep.text())


@pytest.mark.parametrize("size", [(20, 8), (40, 10), (59, 15), NARROW, (100, 30), HUGE])
async def test_it_works_in_any_size_and_shows_the_way_back(size: tuple[int, int]) -> None:
    async with a_sweep_screen(a_feed(TWELVE, 60, part=0.7), size) as sweep:
        for key in ("1", "l", "2", "right", "y", "3", "right", "4", "5", "6", "s", "S", "g", "tab", "end"):
            await sweep.press(key)
            assert all(len(line) <= size[0] for line in sweep.lab.lines())
        await sweep.press("slash", *"lr<1", "enter")
        assert "esc back" in " ".join(sweep.lab.lines()[-2:])
        await sweep.press("escape", "escape")
        assert not isinstance(sweep.lab.app.screen, SweepScreen)


@pytest.mark.parametrize(
    ("axes", "trials", "seeds", "part"),
    [((), 8, 8, 1.0), ((LR,), 1, 1, 0.02), (THREE, 4, 1, 0.001), (TWELVE, 300, 3, 0.8)],
)
async def test_sweeps_of_every_shape(axes: Sequence[Axis], trials: int, seeds: int, part: float) -> None:
    async with a_sweep_screen(a_feed(axes, trials, seeds, part), NARROW) as sweep:
        for key in ("2", "3", "4", "5", "6", "1", "down", "enter", "f", "p"):
            await sweep.press(key)
        assert "Sweep rates · 7c1e" in sweep.text()


# What is told


async def test_the_head_tells_how_far_it_is_and_what_is_best() -> None:
    async with a_sweep_screen(going(0.8), WIDE) as sweep:
        lines = sweep.lab.lines()
        assert lines[1].startswith(" ● running  81 of 100 done · 19 running (")
        assert "given up" in lines[1] and " left" in lines[1]
        assert lines[2].startswith(" best  val_loss 0.0517  #33, test acc 0.973  lr 0.0751")
        assert "⚠ the best 4 trials lie at the upper end of lr (0.1): widen lr upwards (w)" in lines[3]
        assert "64 trials at a time trained as one" in lines[4]


async def test_of_several_seeds_the_best_mean_is_told_with_its_spread() -> None:
    async with a_sweep_screen(a_feed(THREE, 40, 4), WIDE) as sweep:
        assert "✓ finished  40 of 40 done" in sweep.text()
        assert " ± " in sweep.lab.lines()[2] and "over 4 seeds" in sweep.lab.lines()[2]


async def test_a_sweep_that_nobody_trains_is_interrupted() -> None:
    feed = going()
    feed.alive = False
    async with a_sweep_screen(feed) as sweep:
        assert "! interrupted" in sweep.text()
        footer = " ".join(sweep.lab.lines()[-2:])
        assert "drop" not in footer and "stop" not in footer and "pause" not in footer
        for key in ("space", "d", "k", "plus", "v", "w", "x"):
            await sweep.press(key)
            assert "nobody trains this sweep now" in sweep.text()
        assert not feed.sent


async def test_a_problem_of_the_feed_is_shown() -> None:
    feed = going()
    feed.problem = "the journal of the sweep is broken at line 7 \x1b[31m"
    async with a_sweep_screen(feed, NARROW) as sweep:
        assert "⚠ the journal of the sweep is broken at line 7 \\x1b[31m" in sweep.text()


async def test_names_from_outside_are_shown_safely() -> None:
    feed = going()
    assert feed.view.sweep is not None
    feed.view.sweep = feed.view.sweep.model_copy(update={"name": "\x1b[31m[red]\u202egnp"})
    async with a_sweep_screen(feed) as sweep:
        assert "Sweep \\x1b[31m[red]\\u202egnp" in sweep.text()


async def test_new_records_are_shown_and_the_same_trial_stays_selected() -> None:
    feed = going()
    async with a_sweep_screen(feed) as sweep:
        await sweep.press("6", "down", "down", "down")
        before = chosen(sweep)
        best = TrialEnded(42, "finished", 99, 0.001, 99)
        last = SweepRecord(feed.view.seq + 1, feed.view.latest + 1, TrialsMeasured((42,), (99,), (0.001,)))
        feed.left = [last, SweepRecord(last.seq + 1, last.time, best)]
        for _ in range(2):
            sweep.screen.tick()
            await sweep.settle()
        assert "best  val_loss 0.0010  #42" in sweep.text()
        assert chosen(sweep) == before
        row = next(line for line in sweep.lab.lines() if line.startswith(" › "))
        assert row.split()[1] == f"#{before}"


async def test_nothing_is_painted_where_nothing_is_new() -> None:
    async with a_sweep_screen(going()) as sweep:
        rows = sweep.screen.canvas.rows
        sweep.screen.tick()
        assert sweep.screen.canvas.rows is rows


# The views


async def test_tab_goes_through_the_views_and_the_selection_stays() -> None:
    async with a_sweep_screen(going()) as sweep:
        await sweep.press("down", "down")
        before, seen = chosen(sweep), []
        for _ in VIEWS:
            seen.append(sweep.screen.view.name)
            await sweep.press("tab")
            assert chosen(sweep) == before
        assert seen == [view.name for view in sweep.screen.views]
        assert sweep.screen.view.name == "curves"
        await sweep.press("shift+tab")
        assert sweep.screen.view.name == "table"


async def test_l_is_remembered_as_in_the_chart() -> None:
    async with a_sweep_screen(going()) as sweep:
        await sweep.press("l")
        assert "log scale" in sweep.text()
        assert Lens.remembered(read_setting(SETTING)).log_y
        await sweep.press("l")
        assert not Lens.remembered(read_setting(SETTING)).log_y


async def test_keys_of_the_table_do_nothing_elsewhere() -> None:
    async with a_sweep_screen(going()) as sweep:
        await sweep.press("s", "S", "g", "y", "b")
        trials = sweep.screen.trials
        assert (trials.order, trials.reverse, trials.group_by, trials.y, trials.median) == (
            "best", False, "", 1, False,
        )  # fmt: skip
        await sweep.press("6", "S")
        assert trials.reverse
        await sweep.press("2", "b", "y")
        assert trials.median and trials.y == 2


async def test_a_filter_holds_in_every_view_and_esc_clears_it() -> None:
    async with a_sweep_screen(going(1.0), WIDE) as sweep:
        await sweep.press("slash", *"momentum=0.8 status=finished")
        assert all(trial.values["momentum"] == 0.8 for trial in sweep.screen.trials.trials)
        await sweep.press("enter")
        assert "· momentum=0.8 status=finished" in sweep.text()
        for key in VIEWS.values():
            await sweep.press(key)
        await sweep.press("slash")
        await sweep.lab.type("lr<")
        await sweep.press("enter")
        assert "add a value to compare with" in sweep.text()
        await sweep.press("escape", "escape")
        assert len(sweep.screen.trials.trials) == 100
        assert isinstance(sweep.lab.app.screen, SweepScreen)


async def test_help_begins_with_the_axes() -> None:
    async with a_sweep_screen(going()) as sweep:
        await sweep.lab.press("question_mark")
        assert isinstance(sweep.lab.app.screen, HelpScreen)
        assert "lr: 0.0751" in sweep.text().replace("learning rate", "lr")


# Trials


async def test_a_trial_is_opened_forked_and_written_as_a_preset() -> None:
    async with a_sweep_screen(going()) as sweep:
        await sweep.press("enter", "f", "p")
        number = chosen(sweep)
        run = f"20261123-101500-wine-{number:04}"
        assert sweep.wishes == [OpenTrial(run), ForkTrial(run), SavePreset(number)]
        sweep.wishes.clear()
        await sweep.press("6", "g", "enter")
        assert isinstance(sweep.wishes[0], OpenTrial), "of a group its best"


async def test_a_trial_that_has_not_begun_cannot_be_opened() -> None:
    made = records(events(a_sweep(THREE, 4)))
    async with a_sweep_screen(MadeFeed(made, 2)) as sweep:
        await sweep.press("enter")
        assert "trial #0 has not begun" in sweep.text() and not sweep.wishes


# Steering


async def said(sweep: OpenSweep, *keys: str) -> list[SweepCommand]:
    """What was sent after these keys."""
    feed = sweep.screen.feed
    assert isinstance(feed, MadeFeed)
    feed.sent.clear()
    await sweep.press(*keys)
    return feed.sent


async def test_space_pauses_and_goes_on() -> None:
    feed = going()
    async with a_sweep_screen(feed) as sweep:
        assert await said(sweep, "space") == [PauseSweep()]
        feed.left = [SweepRecord(feed.view.seq + 1, feed.view.latest, SweepPaused())]
        sweep.screen.tick()
        await sweep.settle()
        assert "‖ paused" in sweep.text() and "space go on" in " ".join(sweep.lab.lines()[-2:])
        assert await said(sweep, "space") == [ContinueSweep()]


async def test_x_asks_before_it_stops() -> None:
    async with a_sweep_screen(going()) as sweep:
        await sweep.lab.press("x")
        assert isinstance(sweep.lab.app.screen, AskScreen)
        assert "Stop the sweep rates · 7c1e?" in sweep.text()
        assert await said(sweep, "escape") == []
        await sweep.lab.press("x")
        assert await said(sweep, "x") == [StopSweep()]


async def test_d_asks_before_it_drops_and_refuses_a_trial_that_has_ended() -> None:
    feed = going(0.8)
    async with a_sweep_screen(feed) as sweep:
        running = next(trial for trial in feed.view.trials if trial.status == "running")
        sweep.screen.trials.point_at(running)
        await sweep.lab.press("d")
        assert f"Drop trial #{running.number}?" in sweep.text()
        assert await said(sweep, "d") == [DropTrial(running.number)]
        ended = next(trial for trial in feed.view.trials if trial.over)
        sweep.screen.trials.point_at(ended)
        assert await said(sweep, "d") == []
        assert "already" in sweep.text()


async def test_k_keeps_a_trial_also_one_that_was_given_up() -> None:
    feed = going(0.8)
    async with a_sweep_screen(feed) as sweep:
        for status, words in (("running", "is kept"), ("given_up", "is kept and goes on")):
            trial = next(trial for trial in feed.view.trials if trial.status == status)
            sweep.screen.trials.point_at(trial)
            assert await said(sweep, "k") == [KeepTrial(trial.number)]
            assert words in sweep.text()
        trial = next(trial for trial in feed.view.trials if trial.status == "finished")
        sweep.screen.trials.point_at(trial)
        assert await said(sweep, "k") == []


async def test_plus_asks_how_many_more() -> None:
    async with a_sweep_screen(going(0.6, 100, 2)) as sweep:
        await sweep.press("plus")
        assert sweep.lab.app.screen.query_one(Input).value == "16"
        await sweep.lab.type("none")
        assert await said(sweep, "enter") == []
        assert "type a number from 1 to 99,900" in sweep.text()
        await sweep.lab.type("20")
        assert await said(sweep, "enter") == [MoreTrials(20)]


async def test_v_takes_values_as_over_does() -> None:
    async with a_sweep_screen(going()) as sweep:
        await sweep.press("3", "v")
        field = sweep.lab.app.screen.query_one(Input)
        assert field.value == "lr=0.0001..0.1:log"
        for text, words in (
            ("lr=1..0.1", "reversed"),
            ("lr=0..1:log", "above 0"),
            ("dropout=0..0.5", "does not vary in this sweep"),
            ("lr=0.0001..0.1:log", "these are the values it has now"),
        ):
            await sweep.lab.type(text)
            assert await said(sweep, "enter") == [] and words in sweep.text()
        await sweep.lab.type("lr=1e-4..1:log")
        wanted = ChangeAxis(Axis(name="lr", low=1e-4, high=1.0, log=True))
        assert await said(sweep, "enter") == [wanted]
        assert "» trials to come have lr=0.0001..1:log" in sweep.text()
        await sweep.press("right", "v")
        assert sweep.lab.app.screen.query_one(Input).value == "momentum=0.8,0.9,0.95"


def test_a_changed_axis_says_which_trials_have_it() -> None:
    wide, made = Axis(name="lr", low=1e-4, high=1.0, log=True), a_sweep(THREE, 4)
    two = [SweepStarted(made, {}, 1), TrialAdded(0, 0, {"lr": 0.1}, 0), TrialAdded(1, 1, {"lr": 0.2}, 0)]
    waits = "trials to come have lr=0.0001..1:log; 2 waiting trials are chosen already; add more with +"
    assert axis_words(wide, view_of(two)) == waits
    begun = [*two, TrialStarted(0, "a"), TrialStarted(1, "b")]
    assert axis_words(wide, view_of(begun)) == "trials to come have lr=0.0001..1:log: 2 of them"
    none = "trials to come have lr=0.0001..1:log; all 4 trials are chosen already: add more with +"
    four = [*two, TrialAdded(2, 2, {"lr": 0.1}, 0), TrialAdded(3, 3, {"lr": 0.2}, 0)]
    assert axis_words(wide, view_of(four)) == none


async def test_before_the_first_trial_the_head_and_the_views_agree() -> None:
    async with a_sweep_screen(MadeFeed(records(events(a_sweep(THREE, 32))), 1), NARROW) as sweep:
        for key in VIEWS.values():
            await sweep.press(key)
            assert "0 of 32 done · 32 waiting" in sweep.text()
            told = (
                "once 10 trials are over"
                if key == VIEWS["importance"]
                else "All 32 trials are waiting: the first"
            )
            assert told in sweep.text()
        await sweep.press("enter")
        assert "no trial has begun yet" in sweep.text()


async def test_without_a_name_the_title_has_the_preset() -> None:
    async with a_sweep_screen(MadeFeed(records(events(a_sweep(name=""))), 2), NARROW) as sweep:
        assert "Sweep wine · 7c1e · curves" in sweep.text()


async def test_w_adds_trials_beyond_the_edge() -> None:
    async with a_sweep_screen(going()) as sweep:
        wider = at_the_end(sweep.screen.feed.view)[0].wider
        assert await said(sweep, "w") == [MoreTrials(10, wider)]


async def test_without_an_edge_there_is_nothing_to_widen() -> None:
    def none(view: SweepView) -> Sequence[object]:
        return []

    async with a_sweep_screen(going(), edges=none) as sweep:  # type: ignore[arg-type]
        assert "w widen" not in sweep.text()
        assert await said(sweep, "w") == []
        assert "no range has its best trials at an end" in sweep.text()
        assert "trained: 64 trials at a time" in sweep.text()


async def test_a_command_that_was_not_taken_is_said() -> None:
    feed = going()
    feed.takes = False
    async with a_sweep_screen(feed) as sweep:
        await sweep.press("space")
        assert "did not take the command" in sweep.text()
