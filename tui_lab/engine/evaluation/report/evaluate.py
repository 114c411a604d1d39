"""The whole evaluation of a split.

It changes neither weights nor random state; the network is left in training mode.
"""

from dataclasses import replace
from time import perf_counter

import torch
from torch import Tensor

from tui_lab.data.dataset import Part
from tui_lab.engine.evaluation.report.calibration import calibration
from tui_lab.engine.evaluation.report.class_scores import class_scores, confusion
from tui_lab.engine.evaluation.report.columns import Column, columns_of, inputs_of
from tui_lab.engine.evaluation.report.curves import class_curves, threshold_table
from tui_lab.engine.evaluation.report.examples import Examples
from tui_lab.engine.evaluation.report.importance import REPEATS, importance
from tui_lab.engine.evaluation.report.residuals import residuals
from tui_lab.engine.evaluation.report.responses import MOST_COLUMNS, responses
from tui_lab.engine.evaluation.report.row_scores import RowScores, check_task
from tui_lab.engine.evaluation.report.slices import slices
from tui_lab.engine.evaluation.report.subject import Subject, some_rows
from tui_lab.engine.evaluation.report.verdict import make_verdict
from tui_lab.engine.evaluation.report.worst import worst, worst_rows
from tui_lab.protocol.evaluation import Evaluation, Importance
from tui_lab.protocol.example import SplitName

TRAIN_ROWS = 10_000
COLUMNS_SHOWN = 40
WIDE = 2000  # inputs, from which on columns are not looked at one by one


def evaluate(subject: Subject, split: SplitName, *, epoch: int, step: int) -> Evaluation:
    """Evaluate a network with the weights of `epoch`, asked for after `step` updates.

    Raises InputError if its task is unknown, or if its outputs are not finite.
    """
    began = perf_counter()
    check_task(subject.task)
    dataset, task = subject.dataset, subject.task
    part = getattr(dataset, split)
    places = some_rows(len(dataset.train), TRAIN_ROWS)
    train, columns = dataset.train.subset(places), columns_of(dataset)
    rows = subject.scores(part)
    training, training_BF = subject.scores_and_activations(train)
    examples = Examples(split, (part, rows, torch.arange(len(rows))), (train, training, places))
    found = worst_rows(rows)
    if columns:
        training_BF = inputs_of(train)
    errors = worst(found, _features(subject, part, found, training_BF, columns), training_BF, examples)
    wide, notes = dataset.about.features > WIDE, []
    x_BF = inputs_of(part) if columns and not wide else None
    if columns and wide:
        notes.append(f"with more than {WIDE:,} inputs, columns are not looked at one by one")
    cut, tested = slices(rows, columns, x_BF) if x_BF is not None else ((), 0)
    ranked = importance(subject, part, columns) if x_BF is not None else ()
    answered = responses(subject, part, _most_important(columns, ranked)) if x_BF is not None else ()
    matrix = confusion(rows, examples) if rows.classes else None
    whole = Evaluation(
        split=split,
        rows=len(rows),
        epoch=epoch,
        step=step,
        task=task,
        target=dataset.about.target,
        classes=dataset.about.classes,
        verdict=make_verdict(task, rows, training, part, dataset),
        confusion=matrix,
        residuals=None if rows.classes else residuals(rows, columns, x_BF),
        columns=tuple(column.name for column in columns[:COLUMNS_SHOWN]),
        columns_left_out=max(0, len(columns) - COLUMNS_SHOWN),
        examples=examples.made(columns[:COLUMNS_SHOWN]),
        worst=errors,
        similar_by="inputs" if columns else "activations",
        slices=cut,
        slices_tested=tested,
        importance=ranked,
        importance_repeats=REPEATS if ranked else 0,
        responses=answered,
        notes=tuple(notes),
    )
    if rows.classes:
        validation = rows if split == "val" else subject.scores(dataset.val)
        whole = with_classes(whole, rows, validation)
    return replace(whole, seconds=round(perf_counter() - began, 3))


def with_classes(whole: Evaluation, rows: RowScores, validation: RowScores) -> Evaluation:
    """With what there is to say of classes; the temperature is fitted on `validation`."""
    scores, averages = class_scores(rows)
    return replace(
        whole,
        class_scores=scores,
        averages=averages,
        curves=class_curves(rows),
        thresholds=threshold_table(rows) if rows.binary else (),
        calibration=calibration(rows, validation),
    )


def _features(
    subject: Subject, part: Part, found: Tensor, training_BF: Tensor, columns: tuple[Column, ...]
) -> Tensor:
    """What is compared with `training_BF`: the inputs of a table's rows, else activations."""
    if not len(found):
        return training_BF[:0]
    some = part.subset(found)
    return inputs_of(some) if columns else subject.scores_and_activations(some)[1]


def _most_important(columns: tuple[Column, ...], ranked: tuple[Importance, ...]) -> tuple[Column, ...]:
    """At most 12 columns, in the order of their groups; the first ones if there is no order."""
    by_name = {column.name: column for column in columns}
    order = [by_name[name] for group in ranked for name in group.columns]
    return tuple((order or list(columns))[:MOST_COLUMNS])
