"""A small sweep started from the form, trained by its own process, and found again in the list."""

import time
from pathlib import Path

import pytest

from tests.tui.fakes import WIDE, a_lab
from tui_lab.experiment.presets import Presets, all_presets
from tui_lab.runs.folder.lock import held
from tui_lab.runs.sweeps.folder import SweepFolder, sweep_ids, sweeps_root
from tui_lab.tui.state.sweep_store import SweepStore
from tui_lab.tui.sweeps.form_screen import SweepFormScreen

pytestmark = pytest.mark.slow
LONGEST_S = 100.0


@pytest.mark.timeout(240)
async def test_the_form_starts_a_sweep_that_trains_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its trials are ordinary runs; the list shows it, refuses a second one of its name, and deletes it."""
    binary = all_presets()["binary"]
    short = binary.model_copy(
        update={"hyperparameters": binary.hyperparameters.model_copy(update={"epochs": 3})}
    )
    shown: list[str] = []
    async with a_lab(WIDE, Presets({"binary": short}, ()), root=tmp_path, chosen="binary") as lab:
        monkeypatch.setattr(lab.app, "open_sweep", shown.append)
        await lab.press("S", "enter")
        await lab.type("0.001,0.01")
        await lab.press("enter", "tab", "down", "right", "end", "enter")
        await lab.type("two rates")
        await lab.press("enter")
        assert "4 trials: 2 combinations of 1 hyperparameter × 2 seeds, grid" in lab.text()
        screen = lab.app.screen
        assert isinstance(screen, SweepFormScreen)
        sweep = screen.form.sweep()
        await lab.press("t")
        screen.wait()
        await lab.idle()
        assert shown == sweep_ids(tmp_path)
        store = SweepStore(tmp_path)
        folder = SweepFolder(sweeps_root(tmp_path) / shown[0])
        until = time.monotonic() + LONGEST_S
        while held(folder) is not None and time.monotonic() < until:
            assert store.lines()[0].trials == 4
            time.sleep(0.1)
        (line,) = store.lines()
        assert (line.state, line.over, line.trials, line.name) == ("finished", 4, 4, "two rates")
        assert line.best < 1 and line.varies == ("lr",)
        assert store.lines()[0] is line, "what has ended is read once"
        trials = {trial.run_id for trial in store.follow(line.id).view.trials}
        assert {path.name for path in store.trials(line.id).iterdir()} == trials
        with pytest.raises(Exception, match="is called 'two rates' already"):
            store.start(sweep)
        store.remove(line.id)
        assert store.lines() == [] and not folder.path.exists()
