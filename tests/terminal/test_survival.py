"""What a run survives: a closed window, a killed screen, a terminal nobody reads; and who goes on."""

import json
import signal
from pathlib import Path

import pytest

from tests.terminal.terminal import Terminal, terminal
from tests.terminal.test_lab import endless
from tests.waiting import until
from tui_lab.protocol.commands import Stop
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.lock import held
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.host import control_socket

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_labs")]


def short(folder: Path, epochs: int = 300) -> Path:
    """A preset that trains for some seconds and then ends by itself."""
    path = endless(folder)
    path.write_text(path.read_text().replace("epochs = 1_000_000", f"epochs = {epochs}"))
    return path


def the_run(folder: Path) -> RunFolder:
    root = folder / "runs"
    until(lambda: bool(run_ids(root)))
    return RunFolder(root / run_ids(root)[0])


def view(run: RunFolder) -> RunView:
    return load_run(run).view


def training(lab: Terminal) -> None:
    """Start a run and see it train."""
    lab.shows("press t to train")
    lab.press("t")
    lab.shows(r"running.* epoch +\d")


@pytest.mark.parametrize("death", ["closed", "killed", "hung up", "terminated", "told otherwise"])
def test_a_run_outlives_its_screen_and_finishes_by_itself(tmp_path: Path, death: str) -> None:
    with terminal(str(short(tmp_path)), width=80, height=24, folder=tmp_path) as lab:
        training(lab)
        run = the_run(tmp_path)
        if death == "closed":
            lab.process.ptyproc.fileobj.close()
        else:
            number = {
                "killed": signal.SIGKILL, "hung up": signal.SIGHUP, "terminated": signal.SIGTERM,
                "told otherwise": signal.SIGUSR2,
            }[death]  # fmt: skip
            lab.process.kill(number)
            expected = -signal.SIGKILL if death == "killed" else 128 + number
            assert lab.ends() == expected
            assert death == "killed" or lab.restored()
        assert view(run).status == "running"
        until(lambda: view(run).status != "running")
        assert view(run).status == "finished"


def test_a_second_terminal_sees_the_moving_chart_from_its_beginning_and_can_stop_it(tmp_path: Path) -> None:
    preset = str(endless(tmp_path))
    with terminal(preset, width=120, height=40, folder=tmp_path) as lab:
        training(lab)
        lab.press("q")
        lab.shows("Leave it running")
        lab.press("q")
        assert lab.ends() == 0
        assert b"keeps training" in lab.raw
    run = the_run(tmp_path)
    with terminal("attach", "last", width=80, height=24, folder=tmp_path) as other:
        epoch = int(other.shows(r"running.* epoch +([\d,]+)/").group(1).replace(",", ""))
        other.draws(20)
        other.shows(r"epoch 0 ")
        while int(other.shows(r"running.* epoch +([\d,]+)/").group(1).replace(",", "")) < epoch + 20:
            other.read(0.2)
        other.press("x")
        other.shows("■ stopped|stopped on request")
        other.press("q")
        assert other.ends() == 0
    assert view(run).status == "stopped"


def test_two_screens_see_what_the_other_did(tmp_path: Path) -> None:
    with (
        terminal(str(endless(tmp_path)), width=80, height=24, folder=tmp_path) as first,
        terminal("presets", width=80, height=24, folder=tmp_path) as listing,
    ):
        assert listing.ends() == 0
        training(first)
        the_run(tmp_path)
        with terminal("attach", "last", width=120, height=40, folder=tmp_path) as second:
            second.shows(r"running.* epoch +\d")
            second.press("x")
            second.shows("stopped")
            first.shows("stopped")


def test_a_terminal_that_nobody_reads_holds_nothing_up(tmp_path: Path) -> None:
    """Half-open SSH: the pty fills up, the screen's process stands still, the training does not."""
    with terminal(str(short(tmp_path)), width=200, height=60, folder=tmp_path) as lab:
        training(lab)
        run = the_run(tmp_path)
        until(lambda: view(run).status != "running")
        assert view(run).status == "finished"


def test_quitting_can_stop_the_run(tmp_path: Path) -> None:
    with terminal(str(endless(tmp_path)), width=80, height=24, folder=tmp_path) as lab:
        training(lab)
        lab.press("q")
        lab.shows("Leave it running", "Stop the run")
        lab.press("x")
        assert lab.ends() == 0
        assert lab.restored()
    run = the_run(tmp_path)
    until(lambda: held(run) is None)
    assert view(run).status == "stopped"
    assert view(run).checkpoints[-1].reason == "end"


def test_in_process_a_hang_up_saves_and_stops(tmp_path: Path) -> None:
    preset = str(endless(tmp_path))
    with terminal("--in-process", preset, width=80, height=24, folder=tmp_path) as lab:
        training(lab)
        run = the_run(tmp_path)
        lab.process.kill(signal.SIGUSR1)
        until(lambda: any(saved.reason == "asked" for saved in view(run).checkpoints))
        lab.process.kill(signal.SIGHUP)
        assert lab.ends() == 129
    assert view(run).status == "stopped"
    assert view(run).checkpoints[-1].step == view(run).step


def test_suspend_continue_and_tiny_windows_leave_the_screen_whole(tmp_path: Path) -> None:
    with terminal(str(endless(tmp_path)), width=80, height=24, folder=tmp_path) as lab:
        training(lab)
        lab.process.kill(signal.SIGTSTP)
        lab.stops()
        lab.process.kill(signal.SIGCONT)
        epoch = int(lab.shows(r"running.* epoch +([\d,]+)/").group(1).replace(",", ""))
        while int(lab.shows(r"running.* epoch +([\d,]+)/").group(1).replace(",", "")) <= epoch:
            lab.read(0.2)
        lab.resize(20, 8)
        lab.shows("epoch", "loss|val|train")
        lab.resize(80, 24)
        lab.shows("q quit", r"running.* epoch +\d", "validation|val ")
        assert control_socket.send(the_run(tmp_path), Stop())
        lab.shows("stopped")


@pytest.mark.timeout(400)
def test_resume_goes_on_in_a_terminal_and_ends_with_the_same_summary(tmp_path: Path) -> None:
    preset = short(tmp_path, epochs=600)
    with terminal("train", str(preset), "--export", "a.json", width=80, height=24, folder=tmp_path) as whole:
        assert whole.ends(within=120) == 0
    with terminal("train", str(preset), width=80, height=24, folder=tmp_path) as half:
        half.shows(r"epoch \d+", within=120)
        half.process.kill(signal.SIGTERM)
        assert half.ends(within=120) == 143
    run = the_run(tmp_path)
    assert view(run).status == "stopped"
    with terminal("resume", "last", "--export", "b.json", width=80, height=24, folder=tmp_path) as rest:
        assert rest.ends(within=120) == 0
    first, second = (json.loads((tmp_path / name).read_text()) for name in ("a.json", "b.json"))
    for document in (first, second):
        for row in document["history"]:
            del row["seconds"]
    assert second["history"] == first["history"]
    assert second["summary"] == first["summary"]
    assert second["run"]["status"] == "finished"
