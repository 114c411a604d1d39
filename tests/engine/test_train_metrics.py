"""Metrics of the training split: what the scorer of validation says of the same outputs, however batched."""

from pathlib import Path

import pytest
import torch

from tests.engine.helpers import epochs, experiment, run_all
from tui_lab.data.table.load import load
from tui_lab.engine.evaluation.scoring import make_scorer
from tui_lab.engine.evaluation.train_metrics import EpochOutputs, make_train_scorer

CPU = torch.device("cpu")
TASKS = ("regression", "binary", "multiclass")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(4))
def test_they_are_what_the_scorer_says_of_the_same_outputs(tmp_path: Path, task: str, seed: int) -> None:
    data = load(experiment(tmp_path, task, rows=200), CPU)
    rows, generator = len(data.train), torch.Generator().manual_seed(seed)
    outputs = torch.randn(rows, 3 if task == "multiclass" else 1, generator=generator)
    order, epoch = torch.randperm(rows, generator=generator), EpochOutputs()
    for batch in order.split(16):
        epoch.add(outputs[batch], data.train.y[batch])
    expected = make_scorer(task, data.train, data)(outputs).metrics
    expected.pop("auroc", None)
    score = make_train_scorer(task, data)
    assert score(epoch, rows) == pytest.approx(expected, rel=1e-4)

    half = EpochOutputs()
    half.load_state_dict(epoch.state_dict(64), CPU)
    for batch in order[64:].split(16):
        half.add(outputs[batch], data.train.y[batch])
    assert score(half, rows) == score(epoch, rows)


def test_an_epoch_of_which_a_part_is_missing_has_none(tmp_path: Path) -> None:
    data = load(experiment(tmp_path, "binary"), CPU)
    score, epoch = make_train_scorer("binary", data), EpochOutputs()
    epoch.load_state_dict({}, CPU)
    assert score(epoch, len(data.train)) == {}
    epoch.add(torch.zeros(4, 1), data.train.y[:4])
    assert score(epoch, len(data.train)) == {}


@pytest.mark.parametrize("task", TASKS)
def test_every_epoch_tells_them(tmp_path: Path, task: str) -> None:
    ended = epochs(run_all(experiment(tmp_path, task, epochs=2)))
    for one in ended:
        assert set(one.train_metrics) == set(one.metrics) - {"auroc"}


def test_what_is_saved_of_an_epoch_has_no_memory_of_the_rest() -> None:
    epoch, all_rows = EpochOutputs(), torch.zeros(1000, 1)
    epoch.add(all_rows[:8], all_rows[:8, 0])
    saved = epoch.state_dict(8)
    assert {tensor.untyped_storage().nbytes() for tensor in saved.values()} == {8 * 4}
