"""The journal cannot be written and checkpoints can: what is pruned is never all that the journal names."""

import os
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.engine.helpers import experiment
from tui_lab.errors import RunError
from tui_lab.protocol.events import CheckpointSaved, EpochEnded
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.journal.journal import Journal
from tui_lab.session.jobs.resume import prepare_resume
from tui_lab.session.recorder import prepare, record_run

pytestmark = pytest.mark.slow


def trained_without_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_epoch: int, to_epoch: int = 99
) -> RunFolder:
    """A run that is saved after each epoch; in between nothing can be added to its journal."""
    asked = experiment(tmp_path, epochs=30)
    folder = create(tmp_path / "runs", asked)
    write, refused = Journal._write, False

    def maybe(journal: Journal) -> None:
        if refused:
            raise OSError(28, os.strerror(28))
        write(journal)

    monkeypatch.setattr(Journal, "_write", maybe)
    try:
        for record in record_run(prepare(asked), folder, SimpleQueue(), save_every_s=0):
            if isinstance(record.event, EpochEnded):
                refused = from_epoch <= record.event.epoch < to_epoch
    except RunError as error:
        assert "lost" in str(error)
    monkeypatch.undo()
    return folder


def test_the_last_one_that_the_journal_on_the_disk_names_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = trained_without_journal(tmp_path, monkeypatch, from_epoch=5)
    files = {path.name for path in folder.checkpoints.iterdir()}
    told = [saved.file for saved in load_run(folder).view.checkpoints]
    assert len(files) == 3, "one that the journal names, and the newest two"
    _, point, _ = prepare_resume(folder)
    assert point.file in files & set(told), "it can be resumed"


def test_once_it_can_be_written_again_two_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = trained_without_journal(tmp_path, monkeypatch, from_epoch=5, to_epoch=9)
    told = [saved.file for saved in load_run(folder).view.checkpoints]
    assert sorted(path.name for path in folder.checkpoints.iterdir()) == sorted(set(told))[-2:]


def test_without_any_that_is_named_the_folder_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = trained_without_journal(tmp_path, monkeypatch, from_epoch=5)
    for saved in load_run(folder).view.checkpoints:
        (folder.checkpoints / saved.file).unlink(missing_ok=True)
    newest = max(folder.checkpoints.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    prepared, point, plan = prepare_resume(folder)
    assert point.file == newest.name
    assert "found in the folder" in point.skipped[-1]
    for _ in record_run(prepared, folder, SimpleQueue(), point, plan=plan):
        pass
    view = load_run(folder).view
    assert view.status == "finished"
    assert any("found in the folder" in text for text in view.warnings)
    whole = newest.read_bytes()
    for path in folder.checkpoints.iterdir():
        path.unlink()
    newest.write_bytes(whole[:-2000] + b"?" + whole[-1999:])
    with pytest.raises(RunError, match="no checkpoint to resume from"):
        prepare_resume(folder, 40)


def test_a_run_that_goes_on_keeps_what_it_went_on_from_until_a_later_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = trained_without_journal(tmp_path, monkeypatch, from_epoch=5)
    prepared, point, plan = prepare_resume(folder)
    for record in record_run(prepared, folder, SimpleQueue(), point, save_every_s=0, plan=plan):
        if isinstance(record.event, CheckpointSaved):
            assert (folder.checkpoints / point.file).exists(), "the journal names no other yet"
            break
