"""kill -9 of a sweep at random moments: no trial is lost or trained twice, and the results are the same.

`TUI_LAB_SWEEP_KILLS=20` asks for that many kills; the suite makes one.
"""

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.engine.helpers import experiment
from tests.waiting import until
from tui_lab.errors import RunError
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.events import TrialEnded
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.runs.folder.folder import run_ids
from tui_lab.runs.folder.lock import held
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.sweeps.folder import SweepFolder, sweeps_root
from tui_lab.runs.sweeps.reading import load_sweep, open_sweep
from tui_lab.session.sweeps.jobs import NewSweep, ResumedSweep
from tui_lab.session.sweeps.start import start_sweep

KILLS = int(os.environ.get("TUI_LAB_SWEEP_KILLS", "1"))
TRIALS, WORKERS = 24, 2


def asked(folder: Path) -> Sweep:
    return Sweep(
        experiment=experiment(folder, epochs=150, dropout=0.1),
        axes=(Axis(name="lr", low=1e-4, high=1e-1, log=True), Axis(name="width1", values=(4, 8))),
        trials=TRIALS,
        stop="asha",
        warm_up=10,
        sampler="random",
    )


def results(view: SweepView) -> list[tuple[object, ...]]:
    """What each trial reached, and how."""
    return [
        (trial.number, trial.values, trial.seed, trial.status, trial.epoch, trial.best, trial.best_epoch)
        for trial in view.trials
    ]


def finish(folder: SweepFolder) -> SweepView:
    until(lambda: held(folder) is None)
    return load_sweep(folder)


@pytest.mark.slow
@pytest.mark.timeout(240 + 60 * KILLS)
def test_a_killed_sweep_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    sweep, seed = asked(tmp_path), int(os.environ.get("TUI_LAB_SEED", "0"))
    whole = new(sweep, tmp_path / "whole")
    expected = finish(whole)
    assert expected.status == "finished"
    folder = new(sweep, tmp_path / "killed")
    rng, kills = random.Random(seed), 0
    while True:
        trained = expected.seconds / (KILLS + 1)
        time.sleep(rng.uniform(0, 1.5 * trained))
        if kills == KILLS or not kill(folder, everything=rng.random() < 0.5):
            break
        kills += 1
        until(lambda: held(folder) is None)
        if load_sweep(folder).status == "finished":
            break
        start_again(folder)
    view = finish(folder)
    assert view.status == "finished"
    assert results(view) == results(expected)
    ends = [r.event.trial for r in open_sweep(folder)[2] if isinstance(r.event, TrialEnded)]
    for trial in view.trials:
        assert ends.count(trial.number) == 1, "none ended twice"
    assert sorted(run_ids(folder.trials)) == sorted(trial.run_id for trial in view.trials), (
        "none is left over"
    )
    for trial in view.trials:
        run = load_run(folder.trial(trial.run_id)).view
        assert [e.epoch for e in run.history] == list(range(1, trial.epoch + 1))


def new(sweep: Sweep, root: Path) -> SweepFolder:
    sweep_id = start_sweep(NewSweep(sweep=sweep, root=str(root), workers=WORKERS))
    return SweepFolder(sweeps_root(root) / sweep_id)


def start_again(folder: SweepFolder) -> None:
    start_sweep(ResumedSweep(folder=str(folder.path), workers=WORKERS))


def kill(folder: SweepFolder, *, everything: bool) -> bool:
    """Kill the process that leads it, or all of its processes; False if it has ended."""
    holder = held(folder)
    with suppress(ProcessLookupError, RunError):
        if holder is not None and holder.pid:
            (os.killpg if everything else os.kill)(holder.pid, signal.SIGKILL)
            return True
    return False
