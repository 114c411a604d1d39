"""Finding the runs in a folder that differ from an experiment by the seed only; nothing trains."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.runs.samples import epoch, experiment, opening
from tests.tui.kept import make
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.events import Event, Origin, RunEnded, RunStarted
from tui_lab.protocol.steering_events import Edited
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import StoredRun, load_run
from tui_lab.runs.index import seed_runs
from tui_lab.runs.index.seed_runs import runs_but_for_the_seed

ASKED = experiment("binary")


def whole(status: str = "finished", *more: Event) -> list[Event]:
    return [*opening(), *more, epoch(1), RunEnded(status, "")]  # type: ignore[arg-type]


def wide() -> Experiment:
    return ASKED.model_copy(update={"model": ASKED.model.model_copy(update={"layers": ("linear 64",)})})


def test_runs_of_the_same_experiment_are_found_newest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [make(tmp_path, k, "binary", whole(), 9 - k, seed=k) for k in range(3)]
    stopped = make(tmp_path, 3, "binary", whole("stopped"), 1, seed=3)
    make(tmp_path, 4, "binary", whole(), 1, seed=4, lr=0.5)
    make(tmp_path, 5, "multiclass", whole(), 1, seed=5)
    make(tmp_path, 6, "binary", whole("finished", Edited(0, 0, "lr", 0.1, ASKED.hyperparameters.lr, 4)), 1)
    first, *rest = whole()
    assert isinstance(first, RunStarted)
    make(tmp_path, 7, "binary", [replace(first, origin=Origin(kept[0].run_id, 4, 1)), *rest], 1, seed=7)
    read: list[str] = []

    def counted(folder: RunFolder) -> StoredRun:
        read.append(folder.run_id)
        return load_run(folder)

    monkeypatch.setattr(seed_runs, "load_run", counted)
    found = runs_but_for_the_seed(tmp_path, ASKED)
    assert list(found) == [run.run_id for run in (stopped, *reversed(kept))]
    assert read == list(found), "the journals of others are not read"


def test_other_layers_are_another_experiment(tmp_path: Path) -> None:
    make(tmp_path, 1, "binary", whole(), 1)
    assert len(runs_but_for_the_seed(tmp_path, ASKED)) == 1
    assert runs_but_for_the_seed(tmp_path, wide()) == {}


def test_a_run_that_cannot_be_read_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (make(tmp_path, k, "binary", whole(), 1, seed=k) for k in (1, 2))

    def removed(folder: RunFolder) -> StoredRun:
        if folder == first:
            folder.journal.unlink()
        return load_run(folder)

    monkeypatch.setattr(seed_runs, "load_run", removed)
    assert list(runs_but_for_the_seed(tmp_path, ASKED)) == [second.run_id]
    assert runs_but_for_the_seed(tmp_path / "none", ASKED) == {}
