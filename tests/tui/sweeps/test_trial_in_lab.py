"""A trial of a sweep in the lab: shown as any run, steered by its sweep only, forked, saved."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.runs.samples import epoch, opening, whole_run
from tests.tui.fakes import NARROW, WIDE, Lab, a_lab
from tests.tui.kept import make
from tests.tui.sweeps.fakes import FakeSweeps, some_sweeps
from tui_lab.experiment.preset_files import own_folder
from tui_lab.protocol.commands import Stop
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import take
from tui_lab.session.jobs.jobs import Forked, Fresh
from tui_lab.tui.widgets.closing_screen import ClosingScreen
from tui_lab.tui.widgets.confirm import AskScreen

SWEEP = "20261128-110000-binary-0002"
OF_SWEEP = "this trial is trained by its sweep"


class StandIn(ClosingScreen[object]):
    """In the place of the screen of a sweep."""


@asynccontextmanager
async def a_lab_with_a_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int] = WIDE, **options: object
) -> AsyncIterator[Lab]:
    sweeps = FakeSweeps(some_sweeps(), tmp_path / "sweeps")
    root = tmp_path / "runs"
    root.mkdir(exist_ok=True)
    sweeps.trials(SWEEP).mkdir(parents=True)
    make(sweeps.trials(SWEEP), 1, "binary", whole_run(), 1, lr=0.05)
    make(sweeps.trials(SWEEP), 2, "binary", [*opening(), epoch(1, 0.9), epoch(2, 0.8)], 1)
    async with a_lab(size, root=root, sweeps=sweeps, chosen="binary", **options) as lab:  # type: ignore[arg-type]
        monkeypatch.setattr(lab.app, "_sweep_screen", lambda followed, trial: StandIn())
        yield lab


async def shown_trial(lab: Lab, number: int = 1, *, fork: bool = False) -> None:
    lab.app.open_sweep(SWEEP)
    await lab.idle()
    assert isinstance(lab.app.screen, StandIn)
    lab.app.screen.dismiss(None)
    await lab.idle()
    lab.app.open_trial(f"20261123-10150{number}-binary-000{number}", fork=fork)
    await lab.idle()
    assert lab.app.screen is lab.screen and lab.app.watch_run.of_sweep


async def test_a_trial_is_shown_as_any_run_and_escape_goes_back_to_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_lab_with_a_sweep(tmp_path, monkeypatch) as lab:
        await shown_trial(lab)
        assert "0.05" in lab.text() and "finished" in lab.text()
        assert "of sweep binary · esc goes back to it" in lab.text()
        assert "esc to the sweep" in lab.footer() and "esc next run" not in lab.footer()
        await lab.press("escape")
        assert isinstance(lab.app.screen, StandIn)
        watch = lab.app.watch_run
        assert (watch.run_id, watch.view, watch.home) == (None, None, tmp_path / "runs")


async def test_escape_first_resets_the_chart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_lab_with_a_sweep(tmp_path, monkeypatch) as lab:
        await shown_trial(lab)
        await lab.press("plus", "escape")
        assert lab.app.screen is lab.screen
        await lab.press("escape")
        assert isinstance(lab.app.screen, StandIn)


async def test_the_run_that_was_shown_before_comes_back_and_went_on_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_lab_with_a_sweep(tmp_path, monkeypatch, outlives=True) as lab:
        run = await lab.train(3)
        await shown_trial(lab)
        run.epochs(4, 5)
        await lab.press("x", "space")
        assert run.sent == [], "keys are not for a run that is not shown"
        await lab.press("escape", "escape")
        assert lab.app.screen is lab.screen or isinstance(lab.app.screen, StandIn)
        await lab.tick()
        watch = lab.app.watch_run
        assert watch.run_id == run.run_id and watch.view is not None and watch.view.epoch == 5
        assert watch.phase == "training"


async def test_a_live_trial_says_that_it_is_steered_by_its_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_lab_with_a_sweep(tmp_path, monkeypatch) as lab:
        folder = lab.app.sweeps.sweeps.trials(SWEEP) / "20261123-101502-binary-0002"
        with take(RunFolder(folder)):
            await shown_trial(lab, 2)
            assert lab.app.watch_run.live is not None
            for key in ("space", "x", "full_stop"):
                lab.screen.say("")
                await lab.press(key)
                assert OF_SWEEP in lab.text(), key
            await lab.press("3", "right")
            await lab.later()
            assert "not applied: this trial" in " ".join(lab.text().split())
            assert OF_SWEEP in lab.app.watch_run.steer.refused["lr"]
            assert "x stop" not in lab.footer() and "space pause" not in lab.footer()


async def test_f_forks_a_trial_into_the_ordinary_folder_also_while_it_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_lab_with_a_sweep(tmp_path, monkeypatch) as lab:
        trial = lab.app.sweeps.sweeps.trials(SWEEP) / "20261123-101502-binary-0002"
        with take(RunFolder(trial)):
            await shown_trial(lab, 2, fork=True)
            assert "start the fork" in lab.footer()
            await lab.press("t")
            assert not isinstance(lab.app.screen, AskScreen), "its sweep decides what becomes of it"
            job = lab.jobs[-1]
            assert isinstance(job, Forked)
            assert (job.parent, job.root, job.file) == (str(trial), str(tmp_path / "runs"), None)
            lab.run.begin()
            await lab.tick()
            watch = lab.app.watch_run
            assert watch.home == tmp_path / "runs" and not watch.of_sweep
            await lab.press("x")
            assert lab.run.sent == [Stop()]


async def test_a_refused_fork_leaves_the_trial_on_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_lab_with_a_sweep(tmp_path, monkeypatch) as lab:
        await shown_trial(lab, 2, fork=True)
        await lab.press("t")
        lab.run.refuse("no checkpoint")
        await lab.tick()
        assert "no checkpoint" in lab.text() and lab.app.watch_run.of_sweep
        await lab.press("escape", "escape")
        assert isinstance(lab.app.screen, StandIn)


async def test_t_trains_the_values_of_a_trial_again_in_the_ordinary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_lab_with_a_sweep(tmp_path, monkeypatch) as lab:
        await shown_trial(lab)
        await lab.press("t")
        job = lab.jobs[-1]
        assert isinstance(job, Fresh) and job.root == str(tmp_path / "runs")
        assert job.experiment.hyperparameters.lr == 0.05
        lab.run.begin()
        await lab.tick()
        assert not lab.app.watch_run.of_sweep
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_p_saves_the_trial_as_a_preset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _own_choices: Path
) -> None:
    async with a_lab_with_a_sweep(tmp_path, monkeypatch) as lab:
        await lab.press("p")
        assert not list(own_folder().glob("*.toml"))
        await shown_trial(lab)
        await lab.press("p")
        (saved,) = own_folder().glob("*.toml")
        assert "lr = 0.05" in saved.read_text()
        assert "saved:" in lab.text()


async def test_quitting_asks_about_the_run_and_not_about_the_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_lab_with_a_sweep(tmp_path, monkeypatch, NARROW, outlives=True) as lab:
        run = await lab.train(3)
        await shown_trial(lab)
        lab.app.sweeps.refresh()
        lab.app.sweeps.wait()
        await lab.press("q")
        assert isinstance(lab.app.screen, AskScreen)
        text = lab.app.screen._question._text
        assert "A run is in progress." in text and "binary-0003 keeps running in its own process" in text
        await lab.press("x")
        assert run.sent == [Stop(test=False)]


async def test_a_trial_that_cannot_be_read_and_a_sweep_that_is_gone_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_lab_with_a_sweep(tmp_path, monkeypatch) as lab:
        lab.app.open_sweep(SWEEP)
        await lab.idle()
        lab.app.screen.dismiss(None)
        await lab.idle()
        lab.app.open_trial("20261123-101509-binary-0009")
        await lab.idle()
        assert "» events.jsonl: there is no journal" in lab.text() and lab.app.watch_run.view is None
        fakes = lab.app.sweeps.sweeps
        assert isinstance(fakes, FakeSweeps)
        fakes.refusal = "no sweep of that name"
        lab.app.open_sweep(SWEEP)
        await lab.idle()
        assert lab.app.screen is lab.screen and "no sweep of that name" in lab.text()
