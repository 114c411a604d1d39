"""Metrics from sums and counts against torchmetrics."""

from math import isnan
from pathlib import Path

import pytest
import torch

from tests.engine.helpers import experiment
from tui_lab.data.dataset import Part
from tui_lab.data.table.load import load
from tui_lab.engine.evaluation.baseline import constant_baseline
from tui_lab.engine.evaluation.scoring import make_scorer, score_by_torchmetrics
from tui_lab.engine.tasks.multiclass import from_confusion
from tui_lab.experiment.metrics import METRICS

CPU = torch.device("cpu")
TASKS = ("regression", "binary", "multiclass")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(8))
def test_an_epochs_metrics_are_those_of_torchmetrics(tmp_path: Path, task: str, seed: int) -> None:
    data = load(experiment(tmp_path, task, rows=200), CPU)
    generator = torch.Generator().manual_seed(seed)
    outputs = torch.randn(len(data.val), 3 if task == "multiclass" else 1, generator=generator)
    outputs = (outputs * 4).round() / 4  # ties, which the area under the curve must count half
    ours = make_scorer(task, data.val, data)(outputs)
    theirs = score_by_torchmetrics(task, outputs, data.val, data)
    assert ours.metrics == pytest.approx(theirs.metrics, rel=1e-5)
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-5)
    assert ours.class_recall == pytest.approx(theirs.class_recall, rel=1e-5)


@pytest.mark.parametrize("outputs", [[-9.0] * 20, [9.0] * 20], ids=["always no", "always yes"])
def test_a_constant_answer_has_no_precision_or_full_recall(tmp_path: Path, outputs: list[float]) -> None:
    data = load(experiment(tmp_path, "binary"), CPU)
    rows = len(data.val)
    logits = torch.tensor(outputs[:1]).expand(rows, 1)
    ours = make_scorer("binary", data.val, data)(logits)
    theirs = score_by_torchmetrics("binary", logits, data.val, data)
    assert ours.metrics == pytest.approx(theirs.metrics)
    assert ours.metrics["auroc"] == 0.5


def test_an_answer_that_is_sure_of_itself_is_ranked_too(tmp_path: Path) -> None:
    data = load(experiment(tmp_path, "binary"), CPU)
    part = Part(data.val.x[:4], torch.tensor([0.0, 1.0, 0.0, 1.0]))
    logits = torch.tensor([[20.0], [30.0], [25.0], [35.0]])
    assert make_scorer("binary", part, data)(logits).metrics["auroc"] == 1.0
    assert score_by_torchmetrics("binary", logits, part, data).metrics["auroc"] == 1.0


def test_a_class_that_a_split_lacks_has_no_recall_and_no_weight() -> None:
    counts = from_confusion([3, 1, 0, 0, 2, 0, 0, 0, 0], 3)
    recall = METRICS["recall"].tasks["multiclass"].formula
    assert recall is not None
    assert recall(counts) == pytest.approx((3 / 4 + 1) / 2)
    assert isnan(counts.class_recall[2])


def test_regression_is_scored_in_the_units_of_the_target(tmp_path: Path) -> None:
    data = load(experiment(tmp_path), CPU)
    scores = make_scorer("regression", data.val, data)(data.val.y.unsqueeze(-1) + 0.5)
    assert scores.metrics["mae"] == pytest.approx(0.5 * data.target_std, rel=1e-5)
    assert scores.metrics["rmse"] == pytest.approx(0.5 * data.target_std, rel=1e-5)
    assert scores.loss == pytest.approx(0.25, rel=1e-5)


def test_the_baseline_knows_only_the_training_targets(tmp_path: Path) -> None:
    data = load(experiment(tmp_path), CPU)
    baseline = constant_baseline("regression", data)
    expected = float(((data.val.y - data.train.y.mean()) ** 2).mean())
    assert baseline["loss"] == pytest.approx(expected)
    assert baseline["r2"] <= 0


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_the_baseline_of_classes_is_their_frequency(tmp_path: Path, task: str) -> None:
    data = load(experiment(tmp_path, task), CPU)
    counts = torch.bincount(data.train.y.long()).double()
    shares = counts / counts.sum()
    expected = -float(shares[data.val.y.long()].log().mean())
    baseline = constant_baseline(task, data)
    majority = int(counts.argmax())
    assert baseline["loss"] == pytest.approx(expected, rel=1e-5)
    assert baseline["accuracy"] == pytest.approx(float((data.val.y == majority).double().mean()))


def test_a_split_of_one_class_is_scored_without_a_curve(tmp_path: Path) -> None:
    data = load(experiment(tmp_path, "binary"), CPU)
    part = Part(data.val.x, torch.ones_like(data.val.y))
    scores = make_scorer("binary", part, data)(torch.ones(len(part), 1))
    assert scores.metrics["recall"] == 1
    assert isnan(scores.class_recall[0])
