"""Evaluating a cross-validation: the predictions of all its folds, each with its best weights."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tui_lab.data.local_file import Progress
from tui_lab.engine.checkpoints.last_good import skipped_notes
from tui_lab.engine.diagnostics.ended_run import EndedRun, ended_run
from tui_lab.engine.evaluation.report.out_of_fold import evaluate_out_of_fold, fold_scores
from tui_lab.engine.evaluation.report.subject import Subject
from tui_lab.errors import InputError
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run


def evaluate_folds(
    folders: Sequence[Path], progress: Progress | None = None, code: Code = NO_CODE
) -> Evaluation:
    """All rows of training and validation, each predicted by the run of `folders` that did not see it.

    `folders`: the runs of all folds of one cross-validation, in order. `progress` is called with the fraction
    of the data read; `code`: the user code that may run. Raises as `ended_run`, and InputError if the runs do
    not hold the same rows.
    """
    first: Subject | None = None
    scores, notes = [], []
    for folder, run in zip(folders, each_fold(folders, progress, code), strict=True):
        subject = run.subject
        first = first or subject
        scores.append(fold_scores(subject, len(folders)))
        notes += [f"{folder.name}: {problem}" for problem in skipped_notes(run.weights.skipped)]
    if first is None:
        raise InputError("there are no folds to evaluate")
    found = evaluate_out_of_fold(first, scores)
    return replace(found, notes=(*notes, *found.notes))


def each_fold(
    folders: Sequence[Path], progress: Progress | None = None, code: Code = NO_CODE
) -> Iterator[EndedRun]:
    """The runs of a cross-validation with their best weights, one at a time. Raises as `ended_run`."""
    for place, folder in enumerate(folders):
        asked = load_run(RunFolder(folder)).view.experiment
        if asked is None:
            raise InputError(f"run {folder.name} ended before training began; there is nothing to evaluate")

        def tell(share: float, place: int = place) -> None:
            if progress is not None:
                progress((place + share) / len(folders))

        yield ended_run(asked, folder, tell, code, same_data=True)
