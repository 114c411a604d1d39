"""Evaluating a run: one that trains, without changing it, or one that has ended, with its best weights."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic_core import to_json

from tui_lab.data.local_file import Progress
from tui_lab.engine.checkpoints.last_good import skipped_notes
from tui_lab.engine.diagnostics.as_validated import as_validated
from tui_lab.engine.diagnostics.ended_run import ended_run
from tui_lab.engine.evaluation.report.compare import compare
from tui_lab.engine.evaluation.report.evaluate import evaluate
from tui_lab.engine.evaluation.report.subject import Subject
from tui_lab.engine.state.training_state import Training
from tui_lab.errors import InputError
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.evaluation import Evaluation, RunsCompared
from tui_lab.protocol.steering_events import Evaluated
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.labels import read_label
from tui_lab.runs.folder.reading import load_run

NO_TEST = "the test split is for the end: it can be evaluated once the run has ended"


def evaluate_now(training: Training, split: Literal["val", "test"]) -> Evaluated:
    """The weights of a run as they are validated. Raises InputError if that is not possible.

    Weights, buffers, optimizer and random state do not change. A failure of any kind is one of this
    evaluation, not of the run.
    """
    if split == "test":
        raise InputError(NO_TEST)
    with as_validated(training, "it could not be evaluated") as subject:
        found = evaluate(subject, split, epoch=training.epoch, step=training.step)
    return _answer(found)


def evaluate_best(
    experiment: Experiment,
    folder: Path,
    split: Literal["val", "test"],
    progress: Progress | None = None,
    code: Code = NO_CODE,
) -> Evaluated:
    """A split of the data of `experiment` with the best weights of the run in `folder`.

    `progress` is called with the fraction of the data read; `code`: the user code that may run. Raises
    InputError as `prepare` does, or if weights or data do not match; RunError if the run has no weights.
    """
    run = ended_run(experiment, folder, progress, code, same_data=True)
    found = evaluate(run.subject, split, epoch=run.weights.epoch, step=run.step)
    return _answer(replace(found, notes=(*skipped_notes(run.weights.skipped), *found.notes)))


def compare_best(
    folders: tuple[Path, Path], split: Literal["val", "test"], code: Code = NO_CODE
) -> tuple[RunsCompared, tuple[str, ...]]:
    """Two runs with their best weights, and notes on checkpoints that could not be used.

    Raises as `evaluate_best`, and InputError if they cannot be compared.
    """
    subjects: list[Subject] = []
    notes: list[str] = []
    for folder in folders:
        asked = load_run(RunFolder(folder)).view.experiment
        if asked is None:
            raise InputError(f"run {folder.name} ended before training began; there is nothing to compare")
        run = ended_run(asked, folder, code=code, same_data=True)
        subjects.append(run.subject)
        notes += [f"{folder.name}: {problem}" for problem in skipped_notes(run.weights.skipped)]
    first, second = (read_label(RunFolder(folder)).name or folder.name for folder in folders)
    return compare(subjects[0], subjects[1], split, (first, second)), tuple(notes)


def _answer(found: Evaluation) -> Evaluated:
    verdict = found.verdict
    metrics = {name: score.value for name, score in verdict.scores.items()} if verdict else {}
    split: Literal["val", "test"] = "test" if found.split == "test" else "val"
    report = to_json(found, inf_nan_mode="strings").decode()
    return Evaluated(found.step, found.epoch, split, metrics, report)
