"""From the list to the screen of a sweep, from there to a trial in the lab, and back."""

from pathlib import Path

import pytest

from tests.runs.samples import whole_run
from tests.tui.fakes import NARROW, Lab, a_lab
from tests.tui.kept import make
from tests.tui.sweeps.fakes import FakeSweeps, some_sweeps
from tui_lab.experiment.preset_files import own_folder
from tui_lab.tui.sweep.screen import SweepScreen
from tui_lab.tui.sweeps.list_screen import SweepsScreen

SWEEP = "20261128-110000-binary-0002"


def sweeps_with_a_run(tmp_path: Path) -> FakeSweeps:
    """Trial #2 of the finished sweep, the third best, has a run."""
    sweeps = FakeSweeps(some_sweeps(), tmp_path / "sweeps")
    sweeps.trials(SWEEP).mkdir(parents=True)
    run = make(sweeps.trials(SWEEP), 4, "binary", whole_run(), 1, lr=0.05)
    view = sweeps.views[SWEEP]
    view.trials[2].run_id = run.run_id
    return sweeps


async def shown(lab: Lab) -> SweepScreen:
    """The screen of the finished sweep, opened from the list over the list of runs."""
    await lab.open_runs()
    await lab.press("W")
    screen = lab.app.screen
    assert isinstance(screen, SweepsScreen)
    screen.wait()
    await lab.press("down", "enter")
    await lab.idle()
    assert isinstance(lab.app.screen, SweepScreen)
    return lab.app.screen


async def test_enter_shows_a_trial_and_escape_comes_back_to_it(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    async with a_lab(NARROW, root=tmp_path / "runs", sweeps=sweeps_with_a_run(tmp_path)) as lab:
        screen = await shown(lab)
        assert screen.trials.chosen is not None and screen.trials.chosen.number == 4, "the best"
        await lab.press("down", "down", "enter")
        await lab.idle()
        assert lab.app.screen is lab.screen, "the lists are closed, too"
        assert "trial #2 of sweep binary · esc goes back to it" in lab.text()
        await lab.press("escape")
        back = lab.app.screen
        assert isinstance(back, SweepScreen)
        assert back.trials.chosen is not None and back.trials.chosen.number == 2
        await lab.press("escape")
        assert lab.app.screen is lab.screen and lab.app.watch_run.view is None


async def test_f_sets_up_a_fork_and_a_trial_without_a_run_says_so(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    async with a_lab(NARROW, root=tmp_path / "runs", sweeps=sweeps_with_a_run(tmp_path)) as lab:
        await shown(lab)
        await lab.press("down", "f")
        await lab.idle()
        assert isinstance(lab.app.screen, SweepScreen) and "there is no journal" in lab.text()
        await lab.press("down", "f")
        await lab.idle()
        assert lab.app.screen is lab.screen and "start the fork" in lab.footer()


async def test_p_saves_the_experiment_of_a_trial(tmp_path: Path) -> None:
    async with a_lab(NARROW, root=tmp_path, sweeps=sweeps_with_a_run(tmp_path)) as lab:
        await shown(lab)
        await lab.press("p")
        (saved,) = own_folder().glob("*.toml")
        assert "lr = 0.03" in saved.read_text() and "saved:" in lab.text()


@pytest.mark.parametrize("key", ["S", "W"])
async def test_the_keys_of_the_lab_do_not_work_there(tmp_path: Path, key: str) -> None:
    async with a_lab(NARROW, root=tmp_path, sweeps=sweeps_with_a_run(tmp_path)) as lab:
        screen = await shown(lab)
        await lab.press(key)
        assert lab.app.screen is screen


async def test_the_lab_opens_on_a_sweep(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    sweeps = sweeps_with_a_run(tmp_path)
    async with a_lab(NARROW, root=tmp_path / "runs", sweeps=sweeps, sweep=SWEEP) as lab:
        await lab.idle()
        assert isinstance(lab.app.screen, SweepScreen)
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_the_lab_opens_on_a_trial_and_escape_goes_to_its_sweep(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    sweeps = sweeps_with_a_run(tmp_path)
    run_id = sweeps.views[SWEEP].trials[2].run_id
    async with a_lab(NARROW, root=tmp_path / "runs", sweeps=sweeps, sweep=SWEEP, trial=run_id) as lab:
        await lab.idle()
        assert "trial #2 of sweep binary" in lab.text()
        await lab.press("escape")
        assert isinstance(lab.app.screen, SweepScreen)
