"""A run that several ranks train: recorded, steered, ended and resumed as any; and what is refused."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch

from tests.engine.helpers import table
from tests.ranks.launching import LIMIT_S, done, started, torchrun
from tests.waiting import until
from tui_lab.engine.setup.device import available
from tui_lab.protocol.commands import Edit, Pause, Resume, Stop
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.host.control_socket import send

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * LIMIT_S + 60)]

LAB = (sys.executable, "-m", "tui_lab")
QUICK = {"TUI_LAB_SAVE_EVERY": "0.05"}


@pytest.fixture(autouse=True)
def _own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_LAB_RUNS", str(tmp_path / "runs"))


def asked(folder: Path, *more: str, epochs: int = 4) -> list[str]:
    """Arguments that train on a small table."""
    file = str(table(folder, "binary", 400))
    return ["train", file, "--target", "y", "--epochs", str(epochs), "--set", "batch_size=8", *more]


def only_run(folder: Path) -> RunFolder:
    (run_id,) = run_ids(folder / "runs")
    return RunFolder(folder / "runs" / run_id)


def view_of(folder: Path) -> RunView:
    return load_run(only_run(folder)).view


def trains(folder: Path, steps: int = 1) -> bool:
    """Whether the run has made so many updates."""
    if not run_ids(folder / "runs") or not only_run(folder).journal.exists():
        return False
    return view_of(folder).step >= steps


def rank(launcher: subprocess.Popen[str], number: int) -> psutil.Process:
    """One of the processes that a launcher has started."""
    children = psutil.Process(launcher.pid).children(recursive=True)
    (found,) = [each for each in children if each.environ().get("RANK") == str(number)]
    return found


def curve(view: RunView) -> list[float]:
    return [epoch.val_loss for epoch in view.history]


def test_processes_train_a_run_like_any(tmp_path: Path) -> None:
    ended = done([*LAB, *asked(tmp_path, "--processes", "2")])
    assert ended.returncode == 0, ended.stderr
    assert "finished after 4 epochs" in ended.stdout
    assert ended.stdout.count("status") == 1, "one rank speaks"
    view = view_of(tmp_path)
    assert (view.status, view.epoch) == ("finished", 4)
    assert view.tested is not None
    assert (view.environment["ranks"], view.environment["backend"]) == (2, "gloo")


def test_the_time_limit_is_that_of_rank_0(tmp_path: Path) -> None:
    """Ranks that disagreed would wait for each other."""
    more = ("--processes", "2", "--set", "max_minutes=0.02")
    ended = done([*LAB, *asked(tmp_path, *more, epochs=5000)])
    assert ended.returncode == 0, ended.stderr
    assert "time limit" in view_of(tmp_path).message


def test_it_is_steered_through_the_control_socket(tmp_path: Path) -> None:
    with started([*LAB, *asked(tmp_path, "--processes", "2", epochs=5000)]) as launcher:
        until(lambda: trains(tmp_path))
        folder = only_run(tmp_path)
        assert send(folder, Edit("lr", 0.002, "slower"))
        until(lambda: view_of(tmp_path).hyper.lr == 0.002)  # type: ignore[union-attr]
        assert send(folder, Pause())
        until(lambda: view_of(tmp_path).paused)
        assert send(folder, Resume())
        until(lambda: not view_of(tmp_path).paused)
        assert send(folder, Stop())
        _, err = launcher.communicate(timeout=LIMIT_S)
    assert launcher.returncode == 0, err
    assert view_of(tmp_path).status == "stopped"
    assert not folder.control.exists()


@pytest.mark.parametrize("number", [signal.SIGINT])
def test_a_signal_stops_all_ranks_and_leaves_a_checkpoint(tmp_path: Path, number: signal.Signals) -> None:
    with started([*LAB, *asked(tmp_path, "--processes", "2", epochs=5000)]) as launcher:
        until(lambda: trains(tmp_path))
        ranks = [rank(launcher, 0), rank(launcher, 1)]
        launcher.send_signal(number)
        launcher.communicate(timeout=LIMIT_S)
    assert launcher.returncode == 128 + number
    assert not any(each.is_running() for each in ranks)
    view = view_of(tmp_path)
    assert view.status == "stopped"
    assert view.checkpoints[-1].step == view.step


def test_a_killed_rank_ends_the_run_in_words_and_one_rank_goes_on(tmp_path: Path) -> None:
    more = ("--set", "dropout=0.3", "--set", "schedule=cosine")
    with started([*LAB, *asked(tmp_path, *more, "--processes", "2", epochs=60)], **QUICK) as launcher:
        until(lambda: trains(tmp_path, 100))
        assert send(only_run(tmp_path), Edit("lr", 0.004))
        until(lambda: bool(view_of(tmp_path).edits))
        later = view_of(tmp_path).edits[0].step + 50
        until(lambda: trains(tmp_path, later))
        rank(launcher, 1).kill()
        _, err = launcher.communicate(timeout=LIMIT_S)
    assert launcher.returncode == 1
    view = view_of(tmp_path)
    assert view.status == "failed"
    assert "rank 1" in view.message
    assert "tui-lab resume" in view.message + view.hint
    assert "rank 1" in err and "Traceback" not in err
    resumed = done([*LAB, "resume", "last"])
    assert resumed.returncode == 0, resumed.stderr
    view = view_of(tmp_path)
    assert (view.status, view.epoch) == ("finished", 60)
    assert "ranks" not in view.environment
    (edit,) = view.edits
    replayed = done([*LAB, "train", "--replay", only_run(tmp_path).run_id])
    assert replayed.returncode == 0, replayed.stderr
    again = load_run(RunFolder(tmp_path / "runs" / max(run_ids(tmp_path / "runs")))).view
    assert [each.step for each in again.edits] == [edit.step]
    assert curve(again) == pytest.approx(curve(view), abs=1e-5), "as if nothing had been"
    assert [epoch.epoch for epoch in view.history] == list(range(1, 61))


def test_a_killed_rank_0_is_said_by_its_launcher(tmp_path: Path) -> None:
    with started([*LAB, *asked(tmp_path, "--processes", "2", epochs=5000)]) as launcher:
        until(lambda: trains(tmp_path, 20))
        other = rank(launcher, 1)
        rank(launcher, 0).kill()
        _, err = launcher.communicate(timeout=LIMIT_S)
    assert launcher.returncode == 1
    assert "rank 0 was ended by signal 9" in err and "tui-lab resume" in err
    assert not other.is_running()
    assert view_of(tmp_path).status == "interrupted"


def test_torchrun_starts_the_ranks_again_and_they_go_on(tmp_path: Path) -> None:
    command = torchrun(2, "-m", "tui_lab", *asked(tmp_path, epochs=60), restarts=1)
    with started(command, **QUICK) as launcher:
        until(lambda: trains(tmp_path, 100))
        rank(launcher, 1).kill()
        _, err = launcher.communicate(timeout=LIMIT_S)
    assert launcher.returncode == 0, err
    view = view_of(tmp_path)
    assert (view.status, view.epoch) == ("finished", 60)
    assert view.environment["ranks"] == 2


def test_a_rank_that_is_silent_is_lost_in_time(tmp_path: Path) -> None:
    command = [*LAB, *asked(tmp_path, "--processes", "2", epochs=5000)]
    with started(command, TUI_LAB_RANK_TIMEOUT="3") as launcher:
        until(lambda: trains(tmp_path))
        silent = rank(launcher, 1)
        silent.suspend()
        until(lambda: view_of(tmp_path).status == "failed")
        silent.resume()
        launcher.communicate(timeout=LIMIT_S)
    assert launcher.returncode == 1
    assert "has not answered in time" in view_of(tmp_path).message


def test_another_number_of_ranks_goes_on(tmp_path: Path) -> None:
    """One process, then two ranks, then a fork in two: the curve is that of one process throughout."""
    whole = done([*LAB, *asked(tmp_path, epochs=6), "--name", "whole"])
    first = done([*LAB, *asked(tmp_path, epochs=3), "--name", "parts"])
    assert whole.returncode == first.returncode == 0, first.stderr
    forked = done([*LAB, "fork", "parts", "--epochs", "6", "--processes", "2"])
    assert forked.returncode == 0, forked.stderr
    rest = done([*LAB, "resume", "parts", "--epochs", "6", "--processes", "2"])
    assert rest.returncode == 0, rest.stderr
    folders = [RunFolder(tmp_path / "runs" / run_id) for run_id in sorted(run_ids(tmp_path / "runs"))]
    wanted, resumed, fork = (load_run(folder).view for folder in folders)
    assert resumed.environment["ranks"] == fork.environment["ranks"] == 2
    assert curve(resumed) == pytest.approx(curve(wanted), abs=1e-5)
    assert curve(fork) == pytest.approx(curve(wanted)[3:], abs=1e-5)


OWN_CODE = """
import os
import torch
from torch import nn

RANK = float(os.environ.get("RANK", "0"))

class Net(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.layer, self.calls = nn.Linear(inputs, outputs), 0

    def forward(self, x):
        self.calls += self.training
        if RANK and self.calls > 20:
            raise ValueError("out of ideas")
        return self.layer(x)

def rows():
    x = torch.linspace(-1, 1, 60).view(-1, 1)
    return x, (x.flatten() + RANK / 100).float()
"""


def test_a_rank_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN_CODE)
    net = f"{tmp_path / 'own.py'}:Net"
    ended = done([*LAB, *asked(tmp_path, "--module", net, "--processes", "2")])
    assert ended.returncode == 1
    view = view_of(tmp_path)
    assert view.status == "failed"
    assert "rank 1 has failed" in view.message and "out of ideas" in view.message


def test_other_data_on_a_rank_are_refused(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN_CODE)
    rows = f"{tmp_path / 'own.py'}:rows"
    ended = done([*LAB, "train", "--dataset", rows, "--task", "regression", "--processes", "2"])
    assert ended.returncode == 2, ended.stderr
    assert "rank 1 on" in ended.stderr and "differs from that of rank 0" in ended.stderr
    assert not run_ids(tmp_path / "runs")


NO_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        pytest.param(("--gpus", "2"), "this machine has no GPU", marks=NO_GPU),
        (("--gpus", "0"), "whole number, 1 or more (given: 0)"),
        (("--gpus", "two"), "whole number, 1 or more (given: two)"),
        (("--gpus", "1.5"), "whole number, 1 or more (given: 1.5)"),
        (("--gpus=-1",), "whole number, 1 or more (given: -1)"),
        (("--gpus", ""), "whole number, 1 or more (given: )"),
        (("--gpus", "2", "--detach"), "--detach: cannot be combined with --gpus"),
        (("--gpus", "2", "--seeds", "3"), "--seeds: cannot be combined with --gpus"),
        (("--gpus", "2", "--device", "cpu"), "the device of this run is cpu"),
        (("--gpus", "2", "--processes", "2"), "either --gpus or --processes"),
        (("--processes", "100000"), "this machine has"),
        (("--processes", "2", "--device", "cuda"), "the device of this run is cuda"),
    ],
)
def test_what_cannot_be_is_refused_in_words(tmp_path: Path, more: tuple[str, ...], says: str) -> None:
    ended = done([*LAB, *asked(tmp_path, *more)])
    assert (ended.returncode, ended.stdout) == (2, "")
    assert says in ended.stderr
    assert not run_ids(tmp_path / "runs")


def test_bad_input_is_said_once_and_nothing_is_started(tmp_path: Path) -> None:
    ended = done([*LAB, *asked(tmp_path, "--processes", "2", "--set", "lr=-1")])
    assert ended.returncode == 2
    assert ended.stderr.count("lr") == 1
    ended = done([*LAB, *asked(tmp_path, "--processes", "2")], TUI_LAB_RANK_TIMEOUT="soon")
    assert ended.returncode == 2
    assert "TUI_LAB_RANK_TIMEOUT" in ended.stderr
    assert not run_ids(tmp_path / "runs")


@pytest.mark.parametrize(
    ("given", "status", "says"),
    [
        ({"RANK": "first"}, 2, "RANK: must be a whole number"),
        ({"RANK": "0"}, 1, "did not come together"),
    ],
)
def test_variables_that_torchrun_would_not_set(
    tmp_path: Path, given: dict[str, str], status: int, says: str
) -> None:
    ended = done([*LAB, *asked(tmp_path)], WORLD_SIZE="2", **given)
    assert ended.returncode == status
    assert says in ended.stderr and "Traceback" not in ended.stderr
    assert not run_ids(tmp_path / "runs")


def test_what_only_the_ranks_can_see_is_refused_by_rank_0(tmp_path: Path) -> None:
    """A device that is not there is noticed once the ranks have started."""
    device = "mps" if "mps" not in available() else "cuda:7"
    ended = done(torchrun(2, "-m", "tui_lab", *asked(tmp_path, "--device", device)))
    assert ended.returncode == 1, "that of torchrun"
    assert len(re.findall(rf"tui-lab: device: '{device}' cannot be that of 2 ranks", ended.stderr)) == 1
    assert not run_ids(tmp_path / "runs")


def test_no_process_is_left_behind() -> None:
    """After all the others."""
    mine = os.environ["TUI_LAB_TEST_RUN"]
    left = [
        each.pid
        for each in psutil.process_iter()
        if each.pid != os.getpid() and _of(each, mine) and "RANK" in each.environ()
    ]
    assert not left


def _of(process: psutil.Process, run: str) -> bool:
    try:
        return process.environ().get("TUI_LAB_TEST_RUN") == run
    except psutil.Error:
        return False
