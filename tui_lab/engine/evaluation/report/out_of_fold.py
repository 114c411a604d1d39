"""The evaluation of a cross-validation: each row is predicted by the fold that was not trained on it.

Legend: N rows of training and validation, B rows of one fold, F inputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tui_lab.data.dataset import Part
from tui_lab.data.pooled import pooled
from tui_lab.engine.evaluation.report.class_scores import confusion
from tui_lab.engine.evaluation.report.columns import columns_of, inputs_of
from tui_lab.engine.evaluation.report.evaluate import COLUMNS_SHOWN, TRAIN_ROWS, WIDE, with_classes
from tui_lab.engine.evaluation.report.examples import Examples
from tui_lab.engine.evaluation.report.residuals import residuals
from tui_lab.engine.evaluation.report.row_scores import RowScores, check_task
from tui_lab.engine.evaluation.report.slices import slices
from tui_lab.engine.evaluation.report.subject import Subject, some_rows
from tui_lab.engine.evaluation.report.verdict import SimpleModel, simple_models, verdict_against
from tui_lab.engine.evaluation.report.worst import worst, worst_rows
from tui_lab.errors import InputError
from tui_lab.protocol.evaluation import Evaluation

_OF_ONE = "importance and responses are those of one network: evaluate a fold by itself"
_OTHER_ROWS = "the folds do not hold the same rows: their data or their splits differ"


@dataclass(frozen=True, slots=True)
class FoldRows:
    """What the network of a fold predicts for its validation rows, and their numbers `(B,)` in the data."""

    network: RowScores
    numbers_B: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FoldScores:
    """Those, what simpler models predict that were fitted on its training rows, and its `training` scores.

    The latter are of the training rows, or of some of them.
    """

    rows: FoldRows
    simple: tuple[SimpleModel, ...]
    training: RowScores


def fold_rows(subject: Subject) -> FoldRows:
    """The predictions of a fold. Raises InputError if its rows cannot be told apart."""
    numbers_B = subject.dataset.val.numbers_B
    if numbers_B is None:
        raise InputError("the rows of these data have no numbers, so folds cannot be put together")
    return FoldRows(subject.scores(subject.dataset.val), numbers_B)


def fold_scores(subject: Subject, folds: int) -> FoldScores:
    """The predictions of one of `folds` folds, and what they are judged by. Raises InputError."""
    check_task(subject.task)
    dataset, rows = subject.dataset, fold_rows(subject)
    train = dataset.train.subset(some_rows(len(dataset.train), max(1, TRAIN_ROWS // folds)))
    simple = simple_models(subject.task, dataset.val, dataset, rows.network.classes)
    return FoldScores(rows, simple, subject.scores(train))


def places_of(folds: Sequence[FoldRows], part: Part) -> Tensor:
    """Where each row of `part` `(N,)` is among the rows of all folds, one fold after the other.

    Raises InputError if these are not the same rows, each once.
    """
    numbers_N, wanted_N = np.concatenate([fold.numbers_B for fold in folds]), part.numbers_B
    if wanted_N is None or np.sort(numbers_N).tolist() != np.sort(wanted_N).tolist():
        raise InputError(_OTHER_ROWS)
    order_N = np.argsort(numbers_N)
    return torch.from_numpy(order_N[np.searchsorted(numbers_N, wanted_N, sorter=order_N)])


def scores_of(folds: Sequence[FoldRows], part: Part) -> RowScores:
    """The predictions of all folds, in the order of the rows of `part`. Raises InputError as `places_of`."""
    return RowScores.joined([fold.network for fold in folds]).at(places_of(folds, part))


def evaluate_out_of_fold(first: Subject, folds: Sequence[FoldScores]) -> Evaluation:
    """Evaluate what all folds predict together; `first` is the network of the first of them, with its data.

    Columns are those of its data, and images are similar by its activations. Similar rows are those that the
    network of the row was trained on. Raises InputError if the folds are not about the same rows.
    """
    began, dataset = perf_counter(), first.dataset
    part, columns = pooled(dataset.train, dataset.val), columns_of(dataset)
    places_N = places_of([fold.rows for fold in folds], part)
    fold_N = torch.cat([torch.full((len(fold.rows.network),), k) for k, fold in enumerate(folds)])[places_N]
    rows = RowScores.joined([fold.rows.network for fold in folds]).at(places_N)
    examples = Examples("out of fold", (part, rows, torch.arange(len(rows))), None)
    candidates, found = some_rows(len(rows), TRAIN_ROWS), worst_rows(rows)
    notes = [_OF_ONE] if columns else []
    wide = dataset.about.features > WIDE
    if columns and wide:
        notes.append(f"with more than {WIDE:,} inputs, columns are not looked at one by one")
    x_NF = inputs_of(part) if columns else None
    errors = worst(
        found,
        _features(first, part, x_NF, found),
        _features(first, part, x_NF, candidates),
        examples,
        lambda row: examples.place(int(candidates[row])),
        fold_N[found].unsqueeze(1) == fold_N[candidates],
    )
    looked_NF = None if wide else x_NF
    cut, tested = slices(rows, columns, looked_NF) if looked_NF is not None else ((), 0)
    matrix = confusion(rows, examples) if rows.classes else None
    whole = Evaluation(
        split="out of fold",
        rows=len(rows),
        epoch=0,
        step=0,
        task=first.task,
        target=dataset.about.target,
        classes=dataset.about.classes,
        verdict=verdict_against(
            _together(folds, places_N),
            first.task,
            rows,
            RowScores.joined([fold.training for fold in folds]),
            dataset,
        ),
        confusion=matrix,
        residuals=None if rows.classes else residuals(rows, columns, looked_NF),
        columns=tuple(column.name for column in columns[:COLUMNS_SHOWN]),
        columns_left_out=max(0, len(columns) - COLUMNS_SHOWN),
        examples=examples.made(columns[:COLUMNS_SHOWN]),
        worst=errors,
        similar_by="inputs" if columns else "activations",
        slices=cut,
        slices_tested=tested,
        notes=tuple(notes),
        folds=len(folds),
    )
    if rows.classes:
        whole = with_classes(whole, rows, rows)
    return replace(whole, seconds=round(perf_counter() - began, 3))


def _features(first: Subject, part: Part, x_NF: Tensor | None, places_B: Tensor) -> Tensor:
    """By which rows are compared: the inputs of a table's rows, else activations."""
    if x_NF is not None:
        return x_NF[places_B]
    if not len(places_B):
        return torch.zeros(0, 0)
    return first.scores_and_activations(part.subset(places_B))[1]


def _together(folds: Sequence[FoldScores], places_N: Tensor) -> list[SimpleModel]:
    """The simpler models of all folds, by kind."""
    found = []
    for each in zip(*(fold.simple for fold in folds), strict=True):
        abouts = {model.about for model in each}
        about = abouts.pop() if len(abouts) == 1 else "fitted to the training rows of each fold"
        found.append(
            SimpleModel(each[0].name, about, RowScores.joined([model.rows for model in each]).at(places_N))
        )
    return found
