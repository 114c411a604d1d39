"""Predictions out of fold: each row by the fold that was not trained on it, as scikit-learn has it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from tests.engine.evaluation.test_verdict import every_task
from tests.engine.helpers import experiment
from tests.engine.test_label_check import of_flipped, trained
from tests.engine.test_sample_images import folder as photos
from tests.engine.test_sample_images import of_images
from tui_lab.data.dataset import Dataset
from tui_lab.data.pooled import pooled
from tui_lab.engine.diagnostics.ended_run import EndedRun
from tui_lab.engine.diagnostics.fold_evaluation import each_fold, evaluate_folds
from tui_lab.engine.evaluation.report.out_of_fold import fold_rows, fold_scores, scores_of
from tui_lab.engine.label_check import find_label_errors
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.folds import fold_experiments
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.label_errors import FindLabelErrors, FoldProgress
from tui_lab.protocol.label_plan import plan_label_errors
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run

FOLDS = 3


def runs_of(folder: Path, asked: Experiment, folds: int = FOLDS) -> list[RunFolder]:
    return [trained(folder, each)[0] for each in fold_experiments(asked, folds)]


def ended(runs: list[RunFolder]) -> list[EndedRun]:
    return list(each_fold([run.path for run in runs]))


def numbers(dataset: Dataset, *splits: str) -> list[int]:
    parts = [getattr(dataset, split).numbers_B for split in splits]
    return [int(number) for part in parts for number in part]


@every_task
def test_each_row_is_predicted_by_the_fold_that_did_not_see_it(tmp_path: Path, task: Task) -> None:
    runs = ended(runs_of(tmp_path, experiment(tmp_path, task, epochs=4)))
    own = runs[1].prepared.dataset
    part = pooled(own.train, own.val)
    found = scores_of([fold_rows(run.subject) for run in runs], part)
    said: dict[int, float] = {}
    for run in runs:
        scores = run.subject.scores(run.prepared.dataset.val)
        said |= dict(zip(numbers(run.prepared.dataset, "val"), scores.predicted_B.tolist(), strict=True))
    assert found.predicted_B.tolist() == [said[number] for number in numbers(own, "train", "val")]
    again = own.target_mean + own.target_std * part.y.double()
    assert found.true_B.double() == pytest.approx(again, abs=1e-4)


@every_task
def test_the_evaluation_is_that_of_scikit_learn_on_all_rows(tmp_path: Path, task: Task) -> None:
    folders = runs_of(tmp_path, experiment(tmp_path, task, epochs=4))
    shares: list[float] = []
    found, runs = evaluate_folds([run.path for run in folders], shares.append), ended(folders)
    each = [run.subject.scores(run.prepared.dataset.val) for run in runs]
    true = np.concatenate([rows.true_B.numpy() for rows in each])
    predicted = np.concatenate([rows.predicted_B.numpy() for rows in each])
    assert (found.split, found.folds, found.rows, found.epoch) == ("out of fold", FOLDS, len(true), 0)
    assert found.verdict is not None
    scores, constant = found.verdict.scores, found.verdict.rivals[0].scores
    losses = [float(rows.loss_B.sum()) for rows in each]
    assert scores["loss"].value == pytest.approx(sum(losses) / len(true))
    assert shares == sorted(shares) and shares[0] <= 1 / 3 < shares[-1] == 1
    judged = [fold_scores(run.subject, FOLDS) for run in runs]
    for rival, place in zip(found.verdict.rivals, (0, 1), strict=True):
        ahead = [(one.rows.network.wrong < one.simple[place].rows.wrong).sum() for one in judged]
        behind = [(one.rows.network.wrong > one.simple[place].rows.wrong).sum() for one in judged]
        assert (rival.network_only, rival.rival_only) == (sum(ahead), sum(behind))
    if task == "regression":
        assert scores["rmse"].value == pytest.approx(metrics.root_mean_squared_error(true, predicted))
        assert scores["r2"].value == pytest.approx(metrics.r2_score(true, predicted))
        mean = np.concatenate(
            [[run.prepared.dataset.target_mean] * len(r) for run, r in zip(runs, each, strict=True)]
        )
        assert constant["rmse"].value == pytest.approx(metrics.root_mean_squared_error(true, mean))
        assert found.residuals is not None
        return
    assert scores["accuracy"].value == pytest.approx(metrics.accuracy_score(true, predicted))
    assert found.confusion is not None and found.calibration is not None
    assert found.confusion.counts == tuple(map(tuple, metrics.confusion_matrix(true, predicted).tolist()))
    assert sum(one.support for one in found.class_scores) == len(true)
    assert found.importance == found.responses == ()
    assert any("importance" in note for note in found.notes)


def test_similar_rows_are_those_the_network_of_the_row_was_trained_on(tmp_path: Path) -> None:
    folders = runs_of(tmp_path, experiment(tmp_path, "multiclass", epochs=2))
    found, runs = evaluate_folds([run.path for run in folders]), ended(folders)
    fold_of = {number: k for k, run in enumerate(runs) for number in numbers(run.prepared.dataset, "val")}
    assert len(found.worst) > 5
    for worst in found.worst:
        row, near = found.examples[worst.example], [found.examples[place] for place in worst.similar]
        assert len(near) == 3
        assert {one.split for one in (row, *near)} == {"out of fold"}
        assert row.number is not None
        assert fold_of[row.number] not in {fold_of[one.number] for one in near if one.number is not None}


def test_images_are_named_and_shown(tmp_path: Path) -> None:
    asked = of_images(photos(tmp_path / "photos", count=12), epochs=1, lr=1e-6)
    found = evaluate_folds([run.path for run in runs_of(tmp_path, asked)])
    assert found.similar_by == "activations" and found.columns == () and found.notes == ()
    assert found.worst, "it has not learnt anything"
    row = found.examples[found.worst[0].example]
    assert row.name.endswith(".png") and row.picture is not None


def test_rows_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    runs = ended(runs_of(tmp_path, experiment(tmp_path, "binary", epochs=1)))
    rows = [fold_rows(run.subject) for run in runs]
    own = runs[0].prepared.dataset
    for wrong in (rows[:2], [rows[0], rows[1], rows[1]], [*rows, rows[2]]):
        with pytest.raises(InputError, match="do not hold the same rows"):
            scores_of(wrong, pooled(own.train, own.val))
    nameless = replace(own, val=replace(own.val, numbers_B=None))
    with pytest.raises(InputError, match="no numbers"):
        fold_scores(replace(runs[0].subject, dataset=nameless), FOLDS)


def test_changed_data_are_refused(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "binary", epochs=1)
    folders = runs_of(tmp_path, asked)
    data = Path(asked.data.file)
    data.write_text(data.read_text().replace("0.", "1.", 1))
    with pytest.raises(InputError, match="data have changed"):
        evaluate_folds([run.path for run in folders])


@pytest.mark.slow
def test_label_errors_are_found_by_the_folds_that_are_there(tmp_path: Path) -> None:
    """Of 600 rows with 48 flipped labels, without training anything."""
    asked, flipped = of_flipped(tmp_path, "multiclass")
    runs = runs_of(tmp_path, asked, 5)
    told: list[FoldProgress] = []
    found = find_label_errors(runs[2].path, FindLabelErrors(), told.append)
    assert told == [], "nothing was trained"
    assert found.runs == tuple(run.run_id for run in runs)
    assert (found.folds, found.rows) == (5, 540)
    assert 1 <= found.epochs <= 30
    assert "chosen by the rows it predicts" in found.notes[0]
    hits = [one.number in flipped for one in found.examples]
    assert sum(hits) >= 0.6 * len(hits) and sum(hits) > len(flipped) / 2
    own = ended(runs)[2].prepared.dataset
    for one in found.examples:
        assert one.number == numbers(own, one.split)[one.index]
    anew = find_label_errors(runs[2].path, FindLabelErrors(folds=2, epochs=1, anew=True), told.append)
    assert (anew.runs, anew.folds) == ((), 2) and told


def test_the_plan_says_that_nothing_need_be_trained(tmp_path: Path) -> None:
    run = runs_of(tmp_path, experiment(tmp_path, "binary", epochs=1))[0]
    view = load_run(run).view
    plan = plan_label_errors(view, FindLabelErrors(), FOLDS)
    assert (plan.trained, plan.folds, plan.steps, plan.seconds, plan.rows) == (True, FOLDS, 0, None, 81)
    assert not plan_label_errors(view, FindLabelErrors(anew=True), FOLDS).trained
    assert not plan_label_errors(view, FindLabelErrors()).trained
