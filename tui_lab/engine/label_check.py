"""Looking for label errors in the data of a run that has ended, which stays as it is.

Legend: N rows of the training and validation splits, K classes.
"""

from dataclasses import replace
from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor

from tui_lab.data.dataset import Dataset
from tui_lab.data.local_file import Progress
from tui_lab.data.pooled import pooled
from tui_lab.engine.diagnostics.ended_run import CHANGED
from tui_lab.engine.diagnostics.fold_evaluation import each_fold
from tui_lab.engine.evaluation.report.columns import columns_of
from tui_lab.engine.evaluation.report.evaluate import COLUMNS_SHOWN
from tui_lab.engine.evaluation.report.examples import Examples
from tui_lab.engine.evaluation.report.label_errors import confident_joint, flagged_rows
from tui_lab.engine.evaluation.report.out_of_fold import fold_rows, scores_of
from tui_lab.engine.evaluation.report.row_scores import RowScores, check_task, row_scores
from tui_lab.engine.out_of_fold import Told, out_of_fold_outputs
from tui_lab.engine.setup.prepare import Prepared, prepare
from tui_lab.errors import InputError
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.protocol.label_errors import FindLabelErrors, LabelErrors, LabelPair
from tui_lab.protocol.label_plan import plan_label_errors
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import held
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.index.fold_runs import folds_if_whole

_MOST_ROWS, _MOST_IMAGES, _MOST_PAIRS = 200, 60, 40
_PICTURES_BYTES = 150_000


def find_label_errors(
    folder: Path,
    wanted: FindLabelErrors,
    told: Told = lambda _: None,
    progress: Progress | None = None,
    code: Code = NO_CODE,
) -> LabelErrors:
    """Look for label errors in the training and validation splits of the run in `folder`; writes nothing.

    `told` is called with how far the training is; what it raises ends it. `progress`: with the fraction of
    the data read; `code`: the user code that may run. Raises InputError if it is not possible, if the run
    still trains or if its data are gone or have changed, RunError if a fold diverges.
    """
    began, run = perf_counter(), RunFolder(folder)
    if held(run) is not None:
        raise InputError(f"run {run.run_id} is running: label errors can be looked for once it has ended")
    view = load_run(run).view
    trained = () if wanted.anew else folds_if_whole(run)
    plan = plan_label_errors(view, wanted, len(trained))
    if plan.problems:
        raise InputError(plan.problems)
    best_epoch = view.best.epoch if view.best else 0
    if trained:
        found = _of_folds(trained, run, progress, code)
        return replace(found, best_epoch=best_epoch, seconds=round(perf_counter() - began, 3))
    prepared = _prepared(view, progress, code)
    outputs_NK = out_of_fold_outputs(prepared, plan.folds, plan.epochs, told)
    notes = []
    if prepared.transferred:
        notes.append(
            "each fold starts from the pretrained weights of the run: if those have seen these rows, "
            "fewer label errors are found"
        )
    dataset, task = prepared.dataset, prepared.experiment.task
    found = _found(dataset, row_scores(task, outputs_NK, pooled(dataset.train, dataset.val).y, dataset))
    return replace(
        found,
        folds=plan.folds,
        epochs=plan.epochs,
        best_epoch=best_epoch,
        notes=tuple(notes),
        seconds=round(perf_counter() - began, 3),
    )


def _prepared(view: RunView, progress: Progress | None, code: Code) -> Prepared:
    """The run's experiment with new weights, and the hyperparameters as they ended."""
    assert view.experiment is not None and view.data is not None
    asked = view.experiment
    check_task(asked.task)
    if view.hyper is not None:
        hyper = view.hyper.model_copy(update={"seed": asked.hyperparameters.seed})  # it splits the data
        asked = asked.model_copy(update={"hyperparameters": hyper})
    prepared = prepare(asked, progress, code=code)
    if view.data.sha256 != prepared.dataset.about.sha256:
        raise InputError(CHANGED)
    return prepared


def _of_folds(
    trained: tuple[RunFolder, ...], run: RunFolder, progress: Progress | None, code: Code
) -> LabelErrors:
    """From the best weights of the runs of all folds; nothing is trained."""
    rows, epochs, own = [], 0, None
    folders = [each.path for each in trained]
    for folder, fold in zip(folders, each_fold(folders, progress, code), strict=True):
        check_task(fold.prepared.experiment.task)
        rows.append(fold_rows(fold.subject))
        epochs = max(epochs, fold.weights.epoch)
        if own is None or folder.name == run.run_id:
            own = fold.prepared.dataset
    assert own is not None
    found = _found(own, scores_of(rows, pooled(own.train, own.val)))
    note = "each fold's best epoch was chosen by the rows it predicts here: slightly fewer errors are found"
    ids = tuple(each.run_id for each in trained)
    return replace(found, folds=len(trained), epochs=epochs, runs=ids, notes=(note,))


def _found(dataset: Dataset, scores: RowScores) -> LabelErrors:
    """What there is to say of the predictions of the training rows, followed by those of validation."""
    count = len(dataset.train)
    train, val = scores.at(torch.arange(count)), scores.at(torch.arange(count, len(scores)))
    chance_NK, given_N = scores.chance_BK, scores.true_B
    joint = confident_joint(chance_NK, given_N)
    flagged = flagged_rows(chance_NK, given_N, joint.likely_N)
    likely_N = torch.where(joint.likely_N < 0, given_N, joint.likely_N)
    examples = Examples(
        "val",
        (dataset.val, _said(val, likely_N[len(train) :]), torch.arange(len(val))),
        (dataset.train, _said(train, likely_N[: len(train)]), torch.arange(len(train))),
        _PICTURES_BYTES,
    )
    columns = columns_of(dataset)
    for row in flagged[: _MOST_ROWS if columns else _MOST_IMAGES].tolist():
        if row < len(train):
            examples.place(row, "train")
        else:
            examples.place(row - len(train), "val")
    joint.joint_KK.fill_diagonal_(0)
    pairs = [LabelPair(int(i), int(j), int(joint.joint_KK[i, j])) for i, j in joint.joint_KK.nonzero()]
    return LabelErrors(
        folds=0,
        epochs=0,
        rows=len(given_N),
        flagged=len(flagged),
        pairs=tuple(sorted(pairs, key=lambda pair: -pair.rows)[:_MOST_PAIRS]),
        thresholds=tuple(None if t == torch.inf else float(t) for t in joint.thresholds_K),
        examples=examples.made(columns[:COLUMNS_SHOWN]) if len(flagged) else (),
    )


def _said(rows: RowScores, likely_B: Tensor) -> RowScores:
    """With the likely class in place of the most probable one, which may not reach its threshold."""
    return replace(rows, predicted_B=likely_B)
