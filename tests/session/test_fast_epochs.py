"""A run with fast epochs: killed while some wait in memory, and what it leaves behind as it gets long."""

import gc
import shutil
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.engine.helpers import experiment
from tests.journals import read
from tui_lab.protocol.events import CheckpointSaved, EpochEnded, Measured
from tui_lab.protocol.packed import are_epochs
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.journal.journal import FAST_EPOCHS
from tui_lab.session.jobs.resume import prepare_resume
from tui_lab.session.recorder import prepare, record_run

pytestmark = pytest.mark.slow


def test_a_run_killed_while_epochs_wait_ends_as_one_that_never_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine that is so busy that epochs are not fast, they still wait."""
    monkeypatch.setattr("tui_lab.runs.journal.journal.FAST_S", 1e9)
    monkeypatch.setattr("tui_lab.runs.journal.journal.FLUSH_INTERVAL_S", 1e9)
    asked = experiment(tmp_path, "binary", epochs=FAST_EPOCHS + 40)
    whole = create(tmp_path / "runs", asked)
    killed = RunFolder(tmp_path / "killed" / whole.path.name)
    told = []
    for record in record_run(prepare(asked), whole, SimpleQueue(), save_every_s=1e9):
        if not isinstance(record.event, Measured):
            told.append(record)
        if record.event.kind == "epoch_ended" and record.event.epoch == FAST_EPOCHS + 30:
            shutil.copytree(whole.path, killed.path)
    assert any(map(are_epochs, whole.journal.read_bytes().splitlines()))
    kept = [record for record in read(killed.journal).records if not isinstance(record.event, Measured)]
    assert 0 < len(kept) < FAST_EPOCHS + 30 and kept == told[: len(kept)], "what was not flushed is missing"
    prepared, point, plan = prepare_resume(killed)
    for _ in record_run(prepared, killed, SimpleQueue(), point, plan=plan):
        pass
    assert losses(killed) == losses(whole)
    assert len(losses(whole)) == FAST_EPOCHS + 40


def test_a_late_checkpoint_is_as_large_as_an_early_one_and_training_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    asked = experiment(tmp_path, "binary", epochs=90, ema_decay=0.9)
    folder, early, late = create(tmp_path / "runs", asked), 30, 90
    sizes, objects, ended = {}, {}, 0
    for record in record_run(prepare(asked), folder, SimpleQueue(), save_every_s=0):
        match record.event:
            case CheckpointSaved(file=file, step=step, epoch=epoch) if step == ended:
                sizes[epoch] = (folder.checkpoints / file).stat().st_size
            case EpochEnded(epoch=epoch, step=ended):
                if epoch in (early, late):
                    gc.collect()
                    objects[epoch] = len(gc.get_objects())
    assert abs(sizes[late] - sizes[early]) <= 64, "as large but for the digits of the counters"
    assert objects[late] - objects[early] < 2 * (late - early) + 100, "a checkpoint and an epoch, each once"


def losses(folder: RunFolder) -> list[tuple[int, float, float, dict[str, float]]]:
    history = load_run(folder).view.history
    return [(ended.epoch, ended.train_loss, ended.val_loss, ended.metrics) for ended in history]
