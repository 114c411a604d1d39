"""The list of sweeps: what it shows, opens, resumes and deletes."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from math import isnan

import pytest

from tests.tui.fakes import HUGE, NARROW, WIDE, Lab, a_lab, same_as_before
from tests.tui.kept import NOW, fixed_clock
from tests.tui.sweeps.fakes import FakeSweeps, a_sweep, a_view, some_sweeps
from tui_lab.protocol.sweeps.events import SweepEnded
from tui_lab.tui.runs.screen import RunsScreen
from tui_lab.tui.state.sweep_words import left_words, training_words
from tui_lab.tui.state.sweeps import SweepLine, line_of
from tui_lab.tui.sweeps.list_rows import details, row
from tui_lab.tui.sweeps.list_screen import SweepsScreen
from tui_lab.tui.widgets.confirm import AskScreen

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}


@pytest.fixture(autouse=True)
def _fixed_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("tui_lab.tui.sweeps.list_screen.time", lambda: NOW)
    with fixed_clock(monkeypatch):
        yield


async def opened(lab: Lab) -> SweepsScreen:
    await lab.press("W")
    screen = lab.app.screen
    assert isinstance(screen, SweepsScreen)
    await settled(lab)
    return screen


async def settled(lab: Lab) -> None:
    screen = lab.app.screen
    assert isinstance(screen, SweepsScreen)
    screen.wait()
    await lab.idle()


@pytest.mark.parametrize("name", SIZES)
async def test_all_sweeps(name: str) -> None:
    sweeps = FakeSweeps(some_sweeps())
    sweeps.broken = [SweepLine("20261126-110000-binary-0000", message="sweep.jsonl: holds no sweep")]
    async with a_lab(SIZES[name], sweeps=sweeps) as lab:
        await opened(lab)
        same_as_before(f"sweeps-{name}", lab.text())


async def test_no_sweeps_say_how_to_make_one() -> None:
    async with a_lab(NARROW, sweeps=FakeSweeps()) as lab:
        await opened(lab)
        assert "No sweeps yet: S in the lab sets one up." in lab.text()
        await lab.press("enter", "g", "d", "down", "end")
        assert "⏎ open" not in lab.footer()
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_enter_opens_the_selected_one_and_a_broken_one_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sweeps = FakeSweeps(some_sweeps())
    sweeps.broken = [SweepLine("20261126-110000-binary-0000", message="sweep.jsonl: holds no sweep")]
    shown: list[str] = []
    async with a_lab(NARROW, sweeps=sweeps) as lab:
        monkeypatch.setattr(lab.app, "open_sweep", shown.append)
        await opened(lab)
        await lab.press("down", "enter", "end", "enter")
        assert shown == ["20261128-110000-binary-0002"]
        assert "» cannot be opened: sweep.jsonl: holds no sweep" in lab.text()


async def test_g_resumes_a_stopped_one_only() -> None:
    sweeps = FakeSweeps(some_sweeps())
    async with a_lab(NARROW, sweeps=sweeps) as lab:
        await opened(lab)
        await lab.press("g")
        assert "already running" in lab.text()
        await lab.press("down", "g")
        assert "this sweep is finished" in lab.text()
        await lab.press("down")
        assert "g resume" in lab.footer()
        await lab.press("g")
        await settled(lab)
        assert sweeps.resumed == ["20261127-110000-binary-0001"]
        assert "» resumed: binary" in lab.text() and "g resume" not in lab.footer()
        sweeps.refusal = "it is led by process 12"
        sweeps.views["20261127-110000-binary-0001"].status = "stopped"
        lab.app.sweeps.refresh()
        await settled(lab)
        await lab.press("g")
        await settled(lab)
        assert "» it is led by process 12" in lab.text()


async def test_g_says_at_once_what_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    sweeps, go = FakeSweeps(some_sweeps()), threading.Event()
    resume = sweeps.resume

    def slow(sweep_id: str) -> None:
        go.wait(60)
        resume(sweep_id)

    monkeypatch.setattr(sweeps, "resume", slow)
    async with a_lab(NARROW, sweeps=sweeps) as lab:
        screen = await opened(lab)
        await lab.press("end", "g")
        assert "» resuming binary: loading torch…" in lab.text()
        await lab.press("up")
        screen.tick()
        await lab.idle()
        assert "» resuming binary" in lab.text(), "also after another key"
        go.set()
        await settled(lab)
        assert "» resumed: binary" in lab.text()


async def test_it_is_read_again_when_it_is_shown_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sweeps = FakeSweeps(some_sweeps())
    async with a_lab(NARROW, sweeps=sweeps) as lab:
        monkeypatch.setattr("tui_lab.tui.sweeps.list_screen.LOOK_S", 1000.0)
        await opened(lab)
        assert "g resume" not in lab.footer()
        await lab.press("question_mark")
        sweeps.views["20261129-110000-binary-0003"].status = "stopped"
        await lab.press("escape")
        await settled(lab)
        assert "■ stopped" in lab.lines()[2] and "g resume" in lab.footer()


async def test_what_another_screen_has_read_is_shown() -> None:
    sweeps = FakeSweeps(some_sweeps())
    async with a_lab(NARROW, sweeps=sweeps) as lab:
        screen = await opened(lab)
        sweeps.views["20261129-110000-binary-0003"].status = "stopped"
        lab.app.sweeps.refresh()
        lab.app.sweeps.wait()  # collected by the lab below
        screen.tick()
        await lab.idle()
        assert "■ stopped" in lab.lines()[2] and "g resume" in lab.footer()


async def test_d_asks_and_deletes_but_not_one_that_is_running() -> None:
    sweeps = FakeSweeps(some_sweeps())
    async with a_lab(NARROW, sweeps=sweeps) as lab:
        await opened(lab)
        await lab.press("d")
        assert "stop it first" in lab.text() and not isinstance(lab.app.screen, AskScreen)
        await lab.press("down", "d")
        assert "with 6 trials?" in " ".join(lab.text().split())
        await lab.press("escape", "d", "y")
        await settled(lab)
        assert list(sweeps.views) == ["20261129-110000-binary-0003", "20261127-110000-binary-0001"]
        assert "» deleted: binary" in lab.text()


async def test_it_opens_over_the_list_of_runs_and_goes_back_there() -> None:
    async with a_lab(NARROW, sweeps=FakeSweeps(some_sweeps())) as lab:
        runs = await lab.open_runs()
        await opened(lab)
        assert "wide rates" in lab.text()
        await lab.press("W")
        assert lab.app.screen is runs and isinstance(runs, RunsScreen)


async def test_the_selection_stays_on_its_sweep_when_another_one_comes() -> None:
    sweeps = FakeSweeps(some_sweeps())
    async with a_lab(NARROW, sweeps=sweeps) as lab:
        screen = await opened(lab)
        await lab.press("down")
        sweeps.views = {"20261129-120000-binary-0009": a_view(a_sweep("new")), **sweeps.views}
        lab.app.sweeps.refresh()
        await settled(lab)
        assert screen.table.chosen is not None and screen.table.chosen.id == "20261128-110000-binary-0002"


@pytest.mark.parametrize("size", [(1, 1), (5, 2), (20, 8), (40, 10), NARROW, HUGE])
async def test_it_works_in_any_size(size: tuple[int, int]) -> None:
    async with a_lab(NARROW, sweeps=FakeSweeps(some_sweeps())) as lab:
        await opened(lab)
        await lab.resize(*size)
        await lab.press("down", "end", "g", "pageup", "home")
        assert all(len(line) <= size[0] for line in lab.lines())
        if size[0] >= 20:
            assert "esc back" in lab.footer()


async def test_the_lab_says_that_a_sweep_is_running() -> None:
    async with a_lab(NARROW, sweeps=FakeSweeps(some_sweeps())) as lab:
        lab.screen._look_at_runs()
        lab.app.sweeps._task and lab.app.sweeps._task.wait()
        await lab.tick()
        assert "● 1 sweep is running: wide rates (2 of 6 trials done) · W shows it" in lab.text()


def test_what_is_said_of_sweeps_that_train() -> None:
    views = some_sweeps()
    running, other = (line_of(sweep_id, views[sweep_id]) for sweep_id in list(views)[:2])
    assert training_words([]) == left_words([]) == ""
    assert (
        left_words([running])
        == f"sweep {running.id} keeps running in its own process; `tui-lab sweeps` or W in the lab shows it"
    )
    assert "2 sweeps are running: wide rates (2 of 6 trials done, …)" in training_words([running, other])
    paused = a_view(a_sweep())
    paused.status = "paused"
    assert "‖ 1 sweep is paused" in training_words([line_of("x", paused)])
    assert "stays paused" in left_words([line_of("x", paused)])


def test_a_line_says_what_a_sweep_is() -> None:
    line = line_of("x", a_view(a_sweep(), 3, SweepEnded("stopped", "stopped on request")))
    assert (line.state, line.over, line.trials, line.varies) == ("stopped", 3, 6, ("lr", "momentum"))
    assert line.unfinished and not line.training


def test_the_best_is_a_mean_if_each_combination_is_trained_several_times() -> None:
    several = line_of("x", a_view(a_sweep(), 4))
    assert several.best == pytest.approx(0.25) and several.deviation == pytest.approx(0.0707, abs=1e-4)
    once = line_of("x", a_view(a_sweep().model_copy(update={"seeds": 1}), 4))
    assert once.best == pytest.approx(0.2) and once.deviation is None
    assert isnan(line_of("x", a_view(a_sweep(), 0)).best)
    text = "\n".join("".join(part for part, _ in found) for found in details(several, 78))
    assert "best val_loss 0.2500 ± 0.071, mean of the best combination" in text
    r2 = replace(once, metric="val_r2", best=0.5121)
    assert "r2 0.512 " in "".join(part for part, _ in row(r2, False, False, NOW, 78))
