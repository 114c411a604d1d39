"""The lab as a new user meets it: in a real terminal, by keys alone, judged by what the screen shows."""

import json
import time
from pathlib import Path

import pytest

from tests.terminal.terminal import Terminal, terminal

pytestmark = pytest.mark.slow
SIZES = [(80, 24), (120, 40)]
RIGHT, DOWN = "\x1b[C", "\x1b[B"


def endless(folder: Path) -> Path:
    """The preset multiclass without an end, as a file of the user's own."""
    from tui_lab.experiment.presets import bundled_folder

    text = (bundled_folder() / "multiclass.toml").read_text()
    text = text.replace("epochs = 150", "epochs = 1_000_000").replace("patience = 60", "")
    text = text.replace('"data/', '"bundled:data/').replace('"multiclass"\ntitle', '"endless"\ntitle')
    path = folder / "endless.toml"
    path.write_text(text)
    return path


def edge(lab: Terminal) -> None:
    """Nothing may be cut off: the last line shows the way out, whole."""
    lab.shows("q quit")
    assert "q quit" in lab.screen.display[-1], lab.text


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_train_watch_change_train_again_export_and_quit(
    tmp_path: Path, width: int, height: int, request: pytest.FixtureRequest
) -> None:
    if (width, height) != SIZES[0]:
        request.getfixturevalue("warm_labs")
    with terminal("multiclass", width=width, height=height, folder=tmp_path) as lab:
        lab.shows("press t to train multiclass", "t train")
        edge(lab)
        lab.press("t")
        lab.shows("x stop", r"epoch +\d+/150")
        lab.shows(r"(validation|val) +0\.\d+", "best")
        lab.draws(20)
        lab.shows("finished", "t train")
        edge(lab)
        lab.press("3")
        lab.shows("learning rate +0.001")
        lab.press(RIGHT)
        lab.shows("learning rate.* 0.002")
        lab.press("t")
        lab.shows("x stop")
        lab.shows("finished", "t train")
        lab.press("j")
        lab.shows(r"-multiclass-[0-9a-f]+\.json")
        lab.press("q")
        assert lab.ends() == 0
        assert lab.restored()
    (file,) = tmp_path.glob("*.json")
    exported = json.loads(file.read_text())
    assert exported["run"]["status"] == "finished"
    assert exported["experiment"]["hyperparameters"]["lr"] == 0.002
    assert len(list((tmp_path / "runs").iterdir())) == 2


@pytest.mark.usefixtures("warm_labs")
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_chart_grows_and_an_edit_takes_effect_while_it_trains(
    tmp_path: Path, width: int, height: int
) -> None:
    with terminal(str(endless(tmp_path)), width=width, height=height, folder=tmp_path) as lab:
        lab.shows("press t to train")
        lab.press("t")
        lab.shows("best")
        epoch = int(lab.shows(r"running.* epoch +([\d,]+)/").group(1).replace(",", ""))
        before = lab.text
        while int(lab.shows(r"running.* epoch +([\d,]+)/").group(1).replace(",", "")) <= epoch + 50:
            lab.read(0.2)
        assert lab.text != before
        lab.press("3")
        lab.shows("3 Live", "edits apply now")
        lab.press("\r", "0", ".", "0", "5", "\r")
        lab.shows(r"learning rate.* 0\.05 •")
        edge(lab)
        began = time.monotonic()
        lab.press("x")
        lab.shows("stopped", "t train")
        lab.press("q")
        assert lab.ends() == 0
        assert time.monotonic() - began < 30


def test_what_is_typed_wrong_stays_and_is_explained(tmp_path: Path) -> None:
    with terminal("binary", width=80, height=24, folder=tmp_path) as lab:
        lab.shows("press t to train binary")
        lab.press("3")
        lab.shows("learning rate")
        lab.press("\r", "\x15", "a", "b", "c", "\r")
        lab.shows("abc", "must be a number")
        lab.press("\x1b")
        lab.shows(r"learning rate +0\.001")
        lab.press("q")
        assert lab.ends() == 0
