"""All runs in a real terminal: found, named, opened again, deleted; one watched from a second lab."""

from pathlib import Path

import pytest

from tests.terminal.terminal import terminal
from tests.terminal.test_lab import edge, endless
from tests.terminal.test_survival import the_run, training, view
from tests.waiting import until
from tui_lab.runs.folder.folder import run_ids
from tui_lab.runs.folder.labels import read_label

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_labs")]


def test_a_run_is_trained_named_opened_again_and_deleted(tmp_path: Path) -> None:
    path = endless(tmp_path)
    path.write_text(path.read_text().replace("epochs = 1_000_000", "epochs = 5"))
    with terminal(str(path), width=80, height=24, folder=tmp_path) as lab:
        lab.shows("press t to train")
        lab.press("t")
        lab.shows("✓ finished", "t train")
        run = the_run(tmp_path)
        lab.press("r")
        lab.shows("Runs · 1", r"› ✓ finished +endless", "esc back")
        lab.press("n", "\x15", *"first net", "\r")
        lab.shows(r"› ✓ finished +first net", "esc back")
        until(lambda: read_label(run).name == "first net")
        lab.press("/", *"epochs>5", "\r")
        lab.shows("No match")
        lab.press("\x1b")
        lab.shows(r"first net", "Runs · 1 ")
        lab.press("\x1b")
        lab.shows("3 Hyperparameters · endless", "✓ finished", "t train")
        lab.press("q")
        assert lab.ends() == 0
    with terminal(width=120, height=40, folder=tmp_path) as lab:
        lab.shows("press t to train")
        lab.press("r")
        lab.shows(r"› ✓ finished +first net")
        lab.press("\r")
        lab.shows("2 Loss · endless", "✓ finished", "epoch 5/5", "opened first net")
        lab.draws(10)
        edge(lab)
        lab.press("r", "d")
        lab.shows("Delete first net")
        lab.press("y")
        lab.shows("deleted: first net", "No runs yet")
        assert run_ids(tmp_path / "runs") == []
        lab.press("r")
        lab.shows("✓ finished")
        lab.press("q")
        assert lab.ends() == 0
        assert lab.restored()


def test_a_lab_says_what_is_training_shows_it_and_goes_on_with_it(tmp_path: Path) -> None:
    preset = str(endless(tmp_path))
    with terminal(preset, width=80, height=24, folder=tmp_path) as lab:
        training(lab)
        lab.press("q", "q")
        assert lab.ends() == 0
    run = the_run(tmp_path)
    with terminal(preset, width=80, height=24, folder=tmp_path) as lab:
        lab.shows("1 run is running", "shows it")
        lab.press("r")
        lab.shows(r"› ● running +endless")
        lab.press("\r")
        lab.shows(r"running.* epoch +\d")
        lab.draws(20)
        lab.press("x")
        lab.shows("■ stopped|stopped on request")
        until(lambda: view(run).status == "stopped")
        stopped_at = view(run).epoch
        lab.press("r")
        lab.shows(r"› ■ stopped", "g resume")
        lab.press("g")
        lab.shows(r"● running.* epoch +\d")
        until(lambda: view(run).resumed == 1 and view(run).epoch > stopped_at)
        lab.press("x")
        lab.shows("■ stopped|stopped on request")
        lab.press("q")
        assert lab.ends() == 0
