"""Runs made by an earlier version: they open, export the same bytes, replay, and train on with their edits.

The three were made with the shell: one edited, undone and stopped; a fork of it; one killed while paused.
"""

import shutil
from pathlib import Path
from queue import SimpleQueue

import pytest

from tui_lab.cli.main import main
from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import EpochEnded
from tui_lab.runs.folder.folder import RunFolder, create, run_ids
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.index.listing import list_runs
from tui_lab.session.jobs.replay import replay_of
from tui_lab.session.jobs.resume import prepare_resume
from tui_lab.session.recorder import prepare, record_run

pytestmark = pytest.mark.slow

EARLIER = Path(__file__).parent / "earlier"
STOPPED, FORK, KILLED = sorted(run_ids(EARLIER))
NEARLY = 1e-3
"""Another processor may round otherwise."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(EARLIER, tmp_path / "runs")
    (tmp_path / "runs").chmod(0o700)
    return tmp_path / "runs"


def test_they_are_listed(root: Path) -> None:
    lines = {line.id: line for line in list_runs(root)}
    assert [lines[name].status for name in (STOPPED, FORK, KILLED)] == ["stopped", "finished", "interrupted"]
    assert lines[FORK].parent == STOPPED
    assert lines[STOPPED].title == "kept: edited, undone, stopped"


@pytest.mark.parametrize("name", [STOPPED, FORK, KILLED])
def test_they_export_the_same_bytes(root: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", name, "--runs", str(root)]) == 0
    assert capsys.readouterr().out == (EARLIER / name / "export.json").read_text()


def test_one_is_replayed_with_its_edits(root: Path) -> None:
    before = load_run(RunFolder(root / STOPPED)).view
    assert before.experiment is not None
    folder = create(root, before.experiment)
    for _ in record_run(prepare(before.experiment), folder, SimpleQueue(), plan=replay_of(before)):
        pass
    again = load_run(folder).view
    assert (again.status, again.step, again.epochs_done) == ("stopped", before.step, before.epochs_done)
    assert [(e.step, e.name, e.new) for e in again.edits] == [(e.step, e.name, e.new) for e in before.edits]
    assert [e.train_loss for e in again.history] == pytest.approx(
        [e.train_loss for e in before.history], rel=NEARLY
    )


def test_one_that_was_killed_goes_on_with_its_edits(root: Path) -> None:
    folder = RunFolder(root / KILLED)
    before = load_run(folder).view
    prepared, point, plan = prepare_resume(folder)
    commands: SimpleQueue[Command] = SimpleQueue()
    for record in record_run(prepared, folder, commands, point, plan=plan):
        if isinstance(record.event, EpochEnded) and record.event.epoch == before.epochs_done + 2:
            commands.put(Stop(test=False))
    view = load_run(folder).view
    assert view.hyper is not None
    assert (view.hyper.lr, view.hyper.dropout, view.hyper.batch_size) == (0.003, 0.1, 8)
    assert [edit.name for edit in view.edits] == ["dropout", "lr", "batch_size"]
    kept = [ended.val_loss for ended in before.history]
    assert [ended.val_loss for ended in view.history][: len(kept)] == kept
    assert view.epochs_done == before.epochs_done + 2
