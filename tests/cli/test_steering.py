"""`ctl`, `fork` and `train --replay`: steering from the shell."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Event as Signal
from threading import Thread

import pytest

from tests.engine.helpers import experiment
from tests.waiting import until
from tui_lab.cli.main import main
from tui_lab.protocol.commands import Command, Edit, Stop
from tui_lab.protocol.events import EpochEnded, Event
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import Advancing, Paused
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder, create, run_ids
from tui_lab.runs.folder.lock import held, take
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.journal.journal import Journal
from tui_lab.session.clients import ask_run
from tui_lab.session.clients.spawn import run_detached
from tui_lab.session.host import control_socket
from tui_lab.session.jobs.jobs import Fresh
from tui_lab.session.recorder import prepare, record_run

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_LAB_RUNS", str(tmp_path / "runs"))


def edited_run(tmp_path: Path, *edits: tuple[int, str, object], stop: int = 0) -> RunFolder:
    """A run of 4 epochs of 4 steps with edits made after the steps given, stopped after one if given."""
    asked = experiment(tmp_path, epochs=4, dropout=0.2)
    folder = create(tmp_path / "runs", asked)
    plan: list[Planned] = [Planned(step, Edit(name, value)) for step, name, value in edits]  # type: ignore[arg-type]
    plan += [Planned(stop, Stop())] if stop else []
    for _ in record_run(prepare(asked), folder, SimpleQueue[Command](), plan=plan):
        pass
    return folder


def view(folder: RunFolder) -> RunView:
    return load_run(folder).view


def newest(tmp_path: Path, but: RunFolder) -> RunView:
    (run_id,) = [run_id for run_id in run_ids(tmp_path / "runs") if run_id != but.run_id]
    return view(RunFolder(tmp_path / "runs" / run_id))


@pytest.mark.parametrize("stop", [0, 11])
def test_a_replay_has_the_same_edits_and_the_same_losses(tmp_path: Path, stop: int) -> None:
    first = edited_run(tmp_path, (3, "lr", 0.05), (6, "batch_size", 8), (10, "optimizer", "sgd"), stop=stop)
    assert main(["train", "--replay", "last", "--quiet"]) == 0, "done as it was asked"
    again = newest(tmp_path, first)
    assert again.status == view(first).status
    assert again.step_losses == view(first).step_losses
    assert [e.val_loss for e in again.history] == [e.val_loss for e in view(first).history]
    assert [(e.step, e.name, e.new) for e in again.edits] == [
        (e.step, e.name, e.new) for e in view(first).edits
    ]


@pytest.mark.parametrize("again", [["train", "--replay", "last"], ["fork", "last", "--epochs", "6"]])
def test_other_data_are_refused_unless_they_are_meant(
    again: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = edited_run(tmp_path, (3, "lr", 0.05))
    file = tmp_path / "regression-90-0.csv"
    header, *rows = file.read_text().splitlines()
    file.write_text("\n".join([header, *reversed(rows)]) + "\n")
    assert main([*again, "--quiet"]) == 2
    said = capsys.readouterr().err
    assert "regression-90-0.csv: has changed since the run started" in said
    assert "--changed-data" in said
    assert run_ids(tmp_path / "runs") == [first.run_id]
    assert main([*again, "--changed-data", "--quiet"]) == 0
    assert newest(tmp_path, first).status == "finished"


def test_a_fork_begins_where_its_parent_is_and_is_replayed_from_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parent = edited_run(tmp_path, (3, "lr", 0.05))
    assert main(["fork", "last", "--quiet"]) == 2
    assert "epochs" in capsys.readouterr().err
    assert main(["fork", "last", "--epochs", "6", "--set", "lr=0.002", "--quiet"]) == 0
    child = newest(tmp_path, parent)
    assert child.origin is not None
    assert (child.origin.run, child.origin.step, child.origin.epoch) == (parent.run_id, 16, 4)
    assert [e.epoch for e in child.history] == [5, 6]
    assert child.hyper is not None
    assert child.hyper.lr == 0.002

    assert main(["export", "last"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["run"]["parent"] == parent.run_id
    assert document["history"][0]["step"] == 20

    before = set(run_ids(tmp_path / "runs"))
    assert main(["train", "--replay", "last", "--quiet"]) == 0
    (run_id,) = set(run_ids(tmp_path / "runs")) - before
    assert view(RunFolder(tmp_path / "runs" / run_id)).step_losses == child.step_losses


def test_a_fork_is_resumed_like_any_run(tmp_path: Path) -> None:
    parent = edited_run(tmp_path)
    assert main(["fork", "last", "--epochs", "6", "--quiet"]) == 0
    assert main(["resume", "last", "--epochs", "8", "--quiet"]) == 0
    child = newest(tmp_path, parent)
    assert [e.epoch for e in child.history] == [5, 6, 7, 8]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["fork", "last", "--at", "5"], "available: 4, 16"),
        (["fork", "last", "--epochs", "9", "--set", "batch_norm=true"], "fixed by the weights of the parent"),
        (["train", "binary", "--replay", "last"], "give either"),
        (["train", "binary", "--changed-data"], "only for --replay"),
        (["ctl", "last", "set"], "NAME=VALUE"),
        (["ctl", "last", "set", "lr=0", "dropout=1", "seed=3"], "seed cannot change during a run"),
        (["ctl", "last", "pause", "lr=1"], "takes no further"),
        (["ctl", "last", "dance"], "invalid choice"),
        (["ctl", "last", "pause", "--why", "tired"], "only `set` takes a reason"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    edited_run(tmp_path)
    assert main(words) == 2
    assert why in capsys.readouterr().err
    assert len(run_ids(tmp_path / "runs")) == 1


def test_a_run_that_nobody_trains_cannot_be_steered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited_run(tmp_path)
    assert main(["ctl", "last", "pause"]) == 1
    assert "is not running" in capsys.readouterr().err


@pytest.fixture
def trained(tmp_path: Path, warm_hosts: None) -> Iterator[RunFolder]:
    """A run without end in a host of its own."""
    asked = experiment(tmp_path, epochs=1_000_000)
    folder = RunFolder(tmp_path / "runs" / run_detached(Fresh(experiment=asked, root=str(tmp_path / "runs"))))
    until(lambda: view(folder).epoch > 2)
    yield folder
    holder = held(folder)
    if holder is not None:
        os.kill(holder.pid, signal.SIGKILL)


def test_a_run_is_steered_from_the_shell(
    trained: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def ctl(*words: str, status: int = 0) -> str:
        assert main(["ctl", trained.run_id, *words]) == status
        out, err = capsys.readouterr()
        return err if status else out

    assert ctl("set", "lr=0.003", "weight_decay=0.01").count("->") == 2
    assert "already" in ctl("set", "lr=0.003", status=2)
    assert ", because: it \\x1b overfits\n" in ctl("set", "lr=0.004", "--why", "it \x1b overfits")
    assert "lr is 0.003 again" in ctl("undo")
    assert "paused after step" in ctl("pause")
    step = view(trained).step
    assert f"step {step + 1}: loss" in ctl("step")
    assert "val" in ctl("epoch")
    assert f"one batch after step {view(trained).step}\ninput: " in ctl("look")
    assert f"validation after step {view(trained).step}: loss " in ctl("evaluate")
    assert "weight_decay is 0 again" in ctl("undo")
    assert "continuing" in ctl("resume")
    assert ctl("checkpoint").startswith("kept-")
    assert ctl("stop").startswith("stopped on request after step ")
    assert [edit.name for edit in view(trained).edits] == ["lr"]
    until(lambda: held(trained) is None)


EPOCH = EpochEnded(1, 4, 0.5, 0.25, 0.1, 0.1, {})


@pytest.mark.parametrize(
    ("answers", "status", "words"),
    [
        ((Advancing(0, 0, "epoch"), EPOCH), 0, "epoch 1: train 0.5, val 0.25"),
        ((Advancing(0, 0, "epoch"), Paused(2, 0)), 1, "interrupted by another command"),
        ((Advancing(0, 0, "epoch"),), 1, "no longer running"),
        ((), 1, "no answer came within"),
    ],
    ids=["ends", "broken off", "killed", "not begun"],
)
def test_an_epoch_may_take_longer_than_an_answer(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answers: tuple[Event, ...],
    status: int,
    words: str,
) -> None:
    folder = edited_run(tmp_path)
    monkeypatch.setattr(ask_run, "WAIT_S", 0.2)

    def answer() -> None:
        with take(folder), Journal.open(folder.journal) as journal:
            for event in answers:
                journal.append(event)
                pause.wait(0.5)

    pause = Signal()
    trainer = Thread(target=answer)

    def send(_folder: RunFolder, _command: Command) -> bool:
        trainer.start()
        return True

    monkeypatch.setattr(control_socket, "send", send)
    assert main(["ctl", "last", "epoch"]) == status
    out, err = capsys.readouterr()
    assert words in out + err
    trainer.join()


def test_a_full_disk_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = edited_run(tmp_path)
    monkeypatch.setattr(ask_run, "_DISK_S", 0.0)
    monkeypatch.setattr(ask_run, "is_full", lambda path: path == folder.path)
    monkeypatch.setattr(control_socket, "send", lambda _folder, _command: True)
    assert main(["ctl", "last", "pause"]) == 1
    assert "the disk is full" in capsys.readouterr().err
