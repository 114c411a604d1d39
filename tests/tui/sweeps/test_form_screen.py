"""The form of a sweep on the screen: marks, ranges, settings, and the start."""

import threading

import pytest

from tests.tui.fakes import HUGE, NARROW, WIDE, Lab, a_lab, same_as_before
from tests.tui.sweeps.fakes import STARTED_ID, FakeSweeps
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.tui.sweeps.form_screen import SweepFormScreen
from tui_lab.tui.widgets.help import HelpScreen

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}


async def opened(lab: Lab) -> SweepFormScreen:
    await lab.press("S")
    screen = lab.app.screen
    assert isinstance(screen, SweepFormScreen)
    await lab.idle()
    return screen


async def started(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Press t and wait; which sweeps were opened then."""
    shown: list[str] = []
    monkeypatch.setattr(lab.app, "open_sweep", shown.append)
    await lab.press("t")
    screen = lab.app.screen
    if isinstance(screen, SweepFormScreen):  # it may have closed meanwhile
        screen.wait()
    await lab.idle()
    return shown


@pytest.mark.parametrize("name", SIZES)
async def test_the_form(name: str) -> None:
    async with a_lab(SIZES[name], chosen="binary", sweeps=FakeSweeps()) as lab:
        await opened(lab)
        await lab.press("space", "down", "down", "space", "tab", "down", "right", "right")
        same_as_before(f"sweep-form-{name}", lab.text())


async def test_a_marked_rate_and_three_seeds_are_started(monkeypatch: pytest.MonkeyPatch) -> None:
    sweeps = FakeSweeps()
    async with a_lab(NARROW, chosen="binary", sweeps=sweeps) as lab:
        await lab.press("right")
        await opened(lab)
        await lab.press("space")
        assert "16 trials: 16 combinations of 1 hyperparameter, Sobol, no stop rule" in lab.text()
        await lab.press("tab", "down", "enter")
        await lab.type("3")
        await lab.press("enter", "tab", "enter")
        await lab.type("1e-3..1e-1:log")
        await lab.press("enter")
        assert "48 trials" in lab.text()
        assert await started(lab, monkeypatch) == [STARTED_ID]
        sweep = sweeps.started[0]
        assert sweep.axes == (Axis(name="lr", low=1e-3, high=1e-1, log=True),)
        assert (sweep.seeds, sweep.trials) == (3, 48)
        assert sweep.experiment.hyperparameters.lr == 0.002, "the next run, as it is edited in the lab"
        assert lab.app.screen is lab.screen


async def test_a_wrong_range_is_said_beside_the_field_which_keeps_the_text() -> None:
    async with a_lab(NARROW, chosen="binary", sweeps=FakeSweeps()) as lab:
        screen = await opened(lab)
        await lab.press("enter")
        await lab.type("1..0.1")
        await lab.press("enter")
        assert "the range 1..0.1 is reversed" in " ".join(lab.text().split())
        assert screen.prompt is not None and screen.prompt.field.value == "1..0.1"
        await lab.press("escape")
        assert screen.form.marked == () and "0.0001..0.01:log" in lab.text()


async def test_what_cannot_vary_says_why() -> None:
    async with a_lab(NARROW, chosen="binary", sweeps=FakeSweeps()) as lab:
        screen = await opened(lab)
        screen.form.place = screen.form.names.index("epochs")
        await lab.press("space")
        assert "» all trials have the same number of epochs" in lab.text()
        await lab.press("enter")
        assert screen.prompt is None


async def test_an_empty_sweep_and_a_refused_one_are_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    sweeps = FakeSweeps()
    sweeps.refusal = "data.csv: no such file"
    async with a_lab(NARROW, chosen="binary", sweeps=sweeps) as lab:
        await opened(lab)
        await lab.press("t")
        assert "» nothing varies yet" in lab.text()
        await lab.press("space")
        assert await started(lab, monkeypatch) == []
        assert "» data.csv: no such file" in lab.text()
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_the_form_is_kept_for_each_preset() -> None:
    async with a_lab(NARROW, chosen="binary", sweeps=FakeSweeps()) as lab:
        await opened(lab)
        await lab.press("space", "escape")
        await lab.press("1", "up", "enter")
        assert (await opened(lab)).form.marked == ()
        await lab.press("escape", "1", "down", "enter")
        screen = await opened(lab)
        assert screen.form.marked == ("lr",) and "◆ learning rate" in lab.text()


async def test_choices_go_round_and_help_explains_what_is_selected() -> None:
    async with a_lab(NARROW, chosen="binary", sweeps=FakeSweeps()) as lab:
        screen = await opened(lab)
        await lab.press("question_mark")
        assert isinstance(lab.app.screen, HelpScreen) and "learning rate" in lab.text().lower()
        await lab.press("escape", "tab", "down", "down", "down", "down", "left")
        assert screen.form.options.sampler == "gp" and "Gaussian process" in " ".join(lab.text().split())
        await lab.press("right", "enter", "space")
        assert screen.form.options.sampler == "grid"


@pytest.mark.parametrize("size", [(1, 1), (5, 2), (20, 8), (40, 10), (59, 15), NARROW, (100, 30), HUGE])
async def test_it_works_in_any_size_and_shows_the_way_back(size: tuple[int, int]) -> None:
    async with a_lab(NARROW, chosen="binary", sweeps=FakeSweeps()) as lab:
        screen = await opened(lab)
        await lab.resize(*size)
        await lab.press("space", "down", "end", "left", "tab", "pagedown", "enter", "x", "escape", "home")
        assert all(len(line) <= size[0] for line in lab.lines())
        if size[0] >= 20:
            assert "esc back" in lab.footer()
        await lab.resize(*NARROW)
        assert "learning rate" in lab.text() and "trials" in lab.text()
        assert screen.form.marked == ("lr",)


async def test_every_row_can_be_reached_and_is_seen() -> None:
    async with a_lab(NARROW, chosen="binary", sweeps=FakeSweeps()) as lab:
        screen = await opened(lab)
        for name in screen.form.names:
            assert screen.form.selected == name
            assert any(line.startswith((" ›", "›")) and screen.form.row(name).label in line
                       for line in lab.lines()), name  # fmt: skip
            await lab.press("down")
        assert screen.form.option == "trials" and "› trials" in lab.text()


async def test_nothing_can_be_changed_while_the_sweep_is_being_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sweeps, go = FakeSweeps(), threading.Event()
    start = sweeps.start

    def slow(sweep: Sweep) -> str:
        go.wait(60)
        return start(sweep)

    monkeypatch.setattr(sweeps, "start", slow)
    async with a_lab(NARROW, chosen="binary", sweeps=sweeps) as lab:
        monkeypatch.setattr(lab.app, "open_sweep", lambda sweep_id: None)
        screen = await opened(lab)
        await lab.press("space", "t", "space", "enter", "d", "t", "escape")
        assert screen.form.marked == ("lr",) and lab.app.screen is screen and screen.prompt is None
        assert "» starting the sweep" in lab.text()
        go.set()
        screen.wait()
        await lab.idle()
        assert lab.app.screen is lab.screen and len(sweeps.started) == 1
