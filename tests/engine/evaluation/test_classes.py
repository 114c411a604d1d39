"""Class scores, curves, thresholds and calibration equal those of scikit-learn and torchmetrics."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from sklearn import metrics
from sklearn.calibration import calibration_curve
from torchmetrics.functional.classification import binary_calibration_error, multiclass_calibration_error

from tests.engine.evaluation.made_up import made_up, outputs_for, scores_for
from tui_lab.engine.evaluation.report.calibration import (
    BINS,
    at_temperature,
    calibration,
    fit_temperature,
    reliability,
)
from tui_lab.engine.evaluation.report.class_scores import class_scores, confusion
from tui_lab.engine.evaluation.report.curves import MOST_POINTS, class_curves, threshold_table
from tui_lab.engine.evaluation.report.examples import Examples
from tui_lab.engine.evaluation.report.row_scores import RowScores, row_scores
from tui_lab.experiment.tasks import Task

with_classes = pytest.mark.parametrize("task", ["binary", "multiclass"])


def many(rows: int, seed: int = 0, sure: float = 1.0) -> RowScores:
    """Predictions of a calibrated binary model, if `sure` is 1; with 0.3 it is not sure enough."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=rows) * 1.5
    y = torch.from_numpy((rng.random(rows) < 1 / (1 + np.exp(-logits))).astype(np.float32))
    return row_scores("binary", torch.from_numpy(logits * sure).unsqueeze(1), y, made_up("binary"))


def examples_of(rows: RowScores, task: Task = "binary") -> Examples:
    data = made_up(task)
    split = data.val, rows, torch.arange(len(rows))
    return Examples("val", split, split)


@with_classes
def test_each_class_and_the_averages(task: Task) -> None:
    rows = scores_for(task)
    scores, averages = class_scores(rows)
    true, said, chance = rows.true_B.numpy(), rows.predicted_B.numpy(), rows.chance_BK.numpy()
    theirs = metrics.precision_recall_fscore_support(true, said)
    for k, score in enumerate(scores):
        assert (score.precision, score.recall, score.f1, score.support) == pytest.approx(
            tuple(column[k] for column in theirs)
        )
        assert score.predicted == (said == k).sum()
        assert score.auroc == pytest.approx(metrics.roc_auc_score(true == k, chance[:, k]))
        assert score.average_precision == pytest.approx(
            metrics.average_precision_score(true == k, chance[:, k])
        )
    for average in averages:
        expected = metrics.precision_recall_fscore_support(true, said, average=average.name)[:3]
        assert (average.precision, average.recall, average.f1) == pytest.approx(expected, rel=1e-12)


def test_a_class_that_is_absent_or_never_predicted() -> None:
    logits = torch.tensor([[2.0, 0, 1, 0], [3, 0, 0, 0], [0, 0, 4, 0], [1, 0, 0, 0]])
    rows = row_scores("multiclass", logits, torch.tensor([0, 1, 2, 0]), made_up("multiclass"))
    scores, averages = class_scores(rows)
    assert (scores[1].precision, scores[1].recall, scores[1].f1) == (None, 0, 0)
    assert (scores[3].precision, scores[3].recall, scores[3].f1) == (None, None, None)
    assert (scores[3].auroc, scores[3].average_precision) == (None, None)
    for average in averages[1:]:
        theirs = metrics.precision_recall_fscore_support(
            rows.true_B, rows.predicted_B, labels=range(4), average=average.name, zero_division=np.nan
        )
        assert (average.precision, average.recall, average.f1) == pytest.approx(theirs[:3]), average.name


@with_classes
def test_the_confusion_matrix_and_its_rows(task: Task) -> None:
    rows = scores_for(task)
    examples = examples_of(rows, task)
    found = confusion(rows, examples)
    theirs = metrics.confusion_matrix(rows.true_B, rows.predicted_B)
    assert found.counts == tuple(map(tuple, theirs.tolist()))
    assert found.classes == tuple(range(rows.classes))
    shown = examples.made(())
    for cell, places in found.examples.items():
        true, said = map(int, cell.split(","))
        assert 0 < len(places) <= theirs[true, said]
        assert {(shown[place].true, shown[place].predicted) for place in places} == {(true, said)}
        losses = [shown[place].loss for place in places]
        assert losses == sorted(losses, reverse=True)


def test_of_many_classes_those_with_errors_are_shown() -> None:
    rng = torch.Generator().manual_seed(0)
    y = torch.arange(300) % 60
    logits = 4.0 * torch.nn.functional.one_hot(y, 60) + torch.randn(300, 60, generator=rng)
    rows = row_scores("multiclass", logits, y, made_up("multiclass"))
    found = confusion(rows, examples_of(rows))
    assert found.others
    assert len(found.classes) == 39
    assert sum(map(sum, found.counts)) == 300
    theirs = metrics.confusion_matrix(y, rows.predicted_B)
    errors = theirs.sum(0) + theirs.sum(1) - 2 * theirs.diagonal()
    hidden = [k for k in range(60) if k not in found.classes]
    assert max(errors[hidden]) <= min(errors[list(found.classes)])
    assert found.counts[-1][-1] == theirs[np.ix_(hidden, hidden)].sum()
    assert found.counts[0][0] == theirs[found.classes[0], found.classes[0]]


@with_classes
def test_the_points_of_the_curves(task: Task) -> None:
    rows = scores_for(task)
    curves = class_curves(rows)
    assert [curve.of_class for curve in curves] == ([1] if task == "binary" else [0, 1, 2])
    for curve in curves:
        true, chance = (rows.true_B == curve.of_class).numpy(), rows.chance_BK.numpy()[:, curve.of_class]
        false_rate, recall, _ = metrics.roc_curve(true, chance, drop_intermediate=False)
        assert curve.false_positive_rate == pytest.approx(false_rate, abs=1e-6)
        assert curve.recall == pytest.approx(recall, abs=1e-6)
        precision, recall, thresholds = metrics.precision_recall_curve(true, chance)
        assert curve.precision == pytest.approx(precision[::-1], abs=1e-6)
        assert curve.recall == pytest.approx(recall[::-1], abs=1e-6)
        assert curve.thresholds[1:] == pytest.approx(thresholds[::-1], abs=1e-6)


def test_a_long_curve_is_thinned_to_points_of_it() -> None:
    rows = many(5000)
    (curve,) = class_curves(rows)
    assert len(curve.recall) <= MOST_POINTS
    true, chance = rows.true_B.numpy(), rows.chance_BK.numpy()[:, 1]
    exact = metrics.roc_curve(true, chance, drop_intermediate=False)
    points = set(zip(exact[0].round(6), exact[1].round(6), strict=True))
    assert set(zip(curve.false_positive_rate, curve.recall, strict=True)) <= points
    assert (curve.recall[0], curve.recall[-1], curve.false_positive_rate[-1]) == (0, 1, 1)
    assert metrics.auc(curve.false_positive_rate, curve.recall) == pytest.approx(curve.auroc, abs=1e-3)
    assert curve.auroc == pytest.approx(metrics.roc_auc_score(true, chance))
    assert curve.average_precision == pytest.approx(metrics.average_precision_score(true, chance))


def test_the_thresholds_of_a_binary_task() -> None:
    rows = many(3000)
    table = threshold_table(rows)
    true, chance = rows.true_B.numpy(), rows.chance_BK.numpy()[:, 1]
    assert 100 <= len(table) <= MOST_POINTS
    for at in table[:: len(table) // 20]:
        said = chance > at.threshold
        tn, fp, fn, tp = metrics.confusion_matrix(true, said).ravel()
        assert (at.tn, at.fp, at.fn, at.tp) == (tn, fp, fn, tp)
        theirs = metrics.precision_recall_fscore_support(true, said, average="binary", zero_division=0)
        assert (at.precision, at.recall, at.f1) == pytest.approx(theirs[:3])
        assert at.cost(1, 5) == fp + 5 * fn
    (half,) = [at for at in table if at.threshold == 0.5]
    assert half.tp == int(((rows.predicted_B == 1) & (rows.true_B == 1)).sum())


@with_classes
def test_reliability_is_that_of_scikit_learn_and_torchmetrics(task: Task) -> None:
    rows = scores_for(task)
    bins, ece, *_ = reliability(rows)
    if task == "binary":
        claimed, came = rows.chance_BK[:, 1].contiguous(), rows.true_B
        theirs = binary_calibration_error(claimed, came, n_bins=BINS)
    else:
        claimed, came = rows.chance_BK.max(1).values, (rows.predicted_B == rows.true_B).long()
        theirs = multiclass_calibration_error(rows.chance_BK, rows.true_B, num_classes=3, n_bins=BINS)
    assert ece == pytest.approx(float(theirs), abs=1e-6)
    observed, predicted = calibration_curve(came, claimed, n_bins=BINS)
    assert [one.observed for one in bins] == pytest.approx(observed)
    assert [one.predicted for one in bins] == pytest.approx(predicted)
    assert sum(one.rows for one in bins) == len(rows)
    assert all(one.low < one.predicted <= one.high for one in bins)


def test_the_noise_floor_is_what_calibrated_models_have() -> None:
    found = [reliability(many(150, seed)) for seed in range(40)]
    errors = [ece for _, ece, _, _ in found]
    medians, highs = [median for *_, median, _ in found], [high for *_, high in found]
    assert np.median(errors) == pytest.approx(np.median(medians), rel=0.15)
    above = sum(ece > high for ece, high in zip(errors, highs, strict=True))
    assert above <= 6, "1 in 20 is expected"
    outside = [not one.floor_low <= one.observed <= one.floor_high for bins, *_ in found for one in bins]
    assert np.mean(outside) < 0.07


def test_the_temperature_has_the_lowest_loss() -> None:
    for sure in (0.3, 1.0, 4.0):
        rows = many(600, sure=sure)
        found = fit_temperature(rows)

        def loss(at: float, rows: RowScores = rows) -> float:
            chance = at_temperature(rows, at).chance_BK.numpy()
            return metrics.log_loss(rows.true_B.numpy(), chance)

        theirs = minimize_scalar(loss, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-8})
        assert found == pytest.approx(theirs.x, rel=1e-4)
        assert found == pytest.approx(sure, rel=0.2)


def test_scaling_corrects_a_network_that_is_too_sure() -> None:
    rows, validation = many(2000, 0, sure=4.0), many(2000, 1, sure=4.0)
    found = calibration(rows, validation)
    assert found.ece > found.floor_high
    assert found.scaled_ece < found.scaled_floor_high
    assert found.scaled_loss < found.loss
    assert found.loss == pytest.approx(metrics.log_loss(rows.true_B, rows.chance_BK))


def test_a_network_that_is_always_right_is_as_sure_as_the_limit() -> None:
    data = made_up("binary")
    sure = (data.val.y * 2 - 1).unsqueeze(1)
    assert fit_temperature(row_scores("binary", sure, data.val.y, data)) == pytest.approx(0.05, rel=1e-3)
    wrong = row_scores("binary", -outputs_for(data, "binary", data.val) * 0 - sure, data.val.y, data)
    assert fit_temperature(wrong) == pytest.approx(20, rel=1e-3)
