"""Disks that fill and folders that vanish: training goes on, says so, and nothing that was saved is lost."""

import resource
import shutil
import signal
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.engine.helpers import experiment
from tests.journals import fold
from tui_lab.errors import RunError
from tui_lab.protocol.commands import Command, Pause
from tui_lab.protocol.events import EpochEnded, Record
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.jobs.resume import prepare_resume
from tui_lab.session.recorder import prepare, record_run

pytestmark = pytest.mark.slow

EPOCHS = 30


def begin(folder: Path) -> tuple[RunFolder, object]:
    asked = experiment(folder, epochs=EPOCHS)
    return create(folder / "runs", asked), prepare(asked)


@pytest.fixture
def full_disk() -> object:
    """A function that fills the disk for this process: no file may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before[0] if size < 0 else size, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_disk_that_is_full_for_a_while_loses_nothing(tmp_path: Path, full_disk: object) -> None:
    folder, prepared = begin(tmp_path)
    records: list[Record] = []
    for record in record_run(prepared, folder, SimpleQueue(), save_every_s=0):  # type: ignore[arg-type]
        records.append(record)
        if isinstance(record.event, EpochEnded):
            if record.event.epoch == 5:
                full_disk(64)  # type: ignore[operator]
            if record.event.epoch == 20:
                full_disk(-1)  # type: ignore[operator]
    view = fold(records)
    assert view.status == "finished"
    assert any(record.event.kind == "checkpoint_failed" for record in records)
    assert not view.checkpoint_failed, "the last one could be saved"
    assert load_run(folder).view == view, "what waited in memory was written once there was room"


def test_a_paused_run_saves_again_by_itself_once_there_is_room(
    tmp_path: Path, full_disk: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_lab.engine.steering.command_source.WAIT_S", 0.01)
    folder, prepared = begin(tmp_path)
    commands: SimpleQueue[Command] = SimpleQueue()
    failed, paused = 0, False
    for record in record_run(prepared, folder, commands, save_every_s=0):  # type: ignore[arg-type]
        if isinstance(record.event, EpochEnded) and record.event.epoch == 5:
            full_disk(64)  # type: ignore[operator]
            commands.put(Pause())
        paused = paused or record.event.kind == "paused"
        if record.event.kind == "checkpoint_failed" and paused:
            failed += 1
            if failed == 3:
                full_disk(-1)  # type: ignore[operator]
        if record.event.kind == "checkpoint_saved" and failed:
            view = load_run(folder).view
            break
    assert (view.paused, view.checkpoint_failed, failed) == (True, "", 3)


def test_a_disk_that_stays_full_ends_with_an_error_and_what_was_saved(
    tmp_path: Path, full_disk: object
) -> None:
    folder, prepared = begin(tmp_path)
    records: list[Record] = []
    with pytest.raises(RunError, match="events of the run lost"):
        for record in record_run(prepared, folder, SimpleQueue(), save_every_s=0):  # type: ignore[arg-type]
            records.append(record)
            if isinstance(record.event, EpochEnded) and record.event.epoch == 5:
                full_disk(64)  # type: ignore[operator]
    assert fold(records).status == "finished", "training went on to its end"
    assert fold(records).checkpoint_failed
    full_disk(-1)  # type: ignore[operator]
    kept = load_run(folder).view
    assert kept.status == "interrupted"
    assert len(kept.history) >= 5
    _, point, _ = prepare_resume(folder)
    assert point.state["epoch"] >= 4


def test_a_folder_that_is_removed_stops_no_training_but_is_said(tmp_path: Path) -> None:
    folder, prepared = begin(tmp_path)
    records: list[Record] = []
    with pytest.raises(RunError, match="lost"):
        for record in record_run(prepared, folder, SimpleQueue(), save_every_s=0):  # type: ignore[arg-type]
            records.append(record)
            if isinstance(record.event, EpochEnded) and record.event.epoch == 5:
                shutil.rmtree(folder.path)
    view = fold(records)
    assert view.status == "finished"
    assert view.epoch == EPOCHS
    assert view.checkpoint_failed


def test_a_checkpoints_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    folder, prepared = begin(tmp_path)
    folder.checkpoints.write_text("in the way")
    failed = saved = 0
    for record in record_run(prepared, folder, SimpleQueue(), save_every_s=0):  # type: ignore[arg-type]
        failed += record.event.kind == "checkpoint_failed"
        saved += record.event.kind == "checkpoint_saved"
        if isinstance(record.event, EpochEnded) and record.event.epoch == 5:
            folder.checkpoints.unlink()
    assert failed
    assert saved
    assert load_run(folder).view.checkpoint_failed == ""
