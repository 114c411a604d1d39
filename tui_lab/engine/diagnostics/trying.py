"""Trying one row of the validation split: its prediction as it is, and with other values.

Legend: B rows of the split, F inputs, K outputs or classes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import floor, log10

import numpy as np
import numpy.typing as npt
import torch
from pydantic_core import to_json
from torch import Tensor, nn

from tui_lab.data.dataset import Part
from tui_lab.data.recipes import CategoryRecipe, NumberRecipe, Recipe, TableRecipe
from tui_lab.data.table.column_roles import CategoryInput, Input, NumberInput
from tui_lab.data.table.scaling import apply
from tui_lab.engine.diagnostics.as_validated import as_validated
from tui_lab.engine.diagnostics.ended_run import subject_of
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.evaluation.report.columns import short
from tui_lab.engine.evaluation.report.pictures import pictures_of
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Try
from tui_lab.protocol.steering_events import Tried
from tui_lab.protocol.trial import OTHER, UNKNOWN, Cell, Prediction, Trial, TriedColumn, check_cell
from tui_lab.safe import safe

_MOST_SIDE = 64
_FAR = 2**62
_LOOKED_AT = 1000  # rows that decide whether a column holds whole numbers
USER_DATA = (
    "this run was trained on a user's Dataset: what its numbers mean is known to that code alone, so no row "
    "can be changed or shown here"
)
USER_NETWORK = (
    "the network is user code, which runs only in the process that trains: try a row while the run trains"
)


@dataclass(frozen=True, slots=True)
class Tryable:
    """A network and the split whose rows are tried.

    `forward` calls the network in the precision of its run; `recipe` is that of its checkpoint.
    """

    network: nn.Module
    forward: Callable[[Tensor], Tensor]
    part: Part
    recipe: Recipe
    step: int = 0
    epoch: int = 0
    notes: tuple[str, ...] = ()


def try_now(training: Training, wanted: Try) -> Tried:
    """The weights of a run as they are validated. Raises InputError if the row cannot be tried.

    Weights, buffers, optimizer and random state do not change. A failure of any kind is one of this answer,
    not of the run.
    """
    prepared = training.prepared
    refuse_user_data(prepared.experiment)
    data = prepared.dataset
    with as_validated(training, "the row could not be tried") as asked:
        return try_row(
            Tryable(asked.network, asked.forward, data.val, data.recipe, training.step, training.epoch),
            wanted,
        )


def untrained(experiment: Experiment) -> Tryable:
    """The network of an experiment with new weights. Raises InputError as `prepare` does."""
    refuse_user_code(experiment)
    asked = subject_of(prepare(experiment), experiment.hyperparameters.precision)
    return Tryable(asked.network, asked.forward, asked.dataset.val, asked.dataset.recipe)


def refuse_user_data(experiment: Experiment) -> None:
    """Raise InputError if the data are user code."""
    if experiment.data.record.user_code:
        raise InputError(USER_DATA)


def refuse_user_code(experiment: Experiment) -> None:
    """Raise InputError if data or network are user code, which does not run outside of a run."""
    refuse_user_data(experiment)
    if experiment.model.source == "module":
        raise InputError(USER_NETWORK)


def try_row(subject: Tryable, wanted: Try) -> Tried:
    """Predict the row twice. Raises InputError if there is no such row, or a change is not possible."""
    part, recipe = subject.part, subject.recipe
    order_B = _order(part)
    place = _place(part, order_B, wanted)
    row = int(order_B[place])
    one = replace(part.subset(torch.tensor([row])), numbers_B=None, names=())
    columns: tuple[TriedColumn, ...] = ()
    changed = one
    picture = None
    notes = list(subject.notes)
    if len(part.x.shape) == 4:
        (picture,) = pictures_of(one, max(1, min(wanted.side, _MOST_SIDE)))
        if picture is None:
            notes.append(f"an image with {part.x.shape[1]} channels cannot be shown, only tried")
        if wanted.changes:
            raise InputError("the input is an image: its pixels cannot be changed here, only the image")
    elif isinstance(recipe, TableRecipe) and tuple(part.x.shape[1:]) == (recipe.width,):
        x_1F = one.take(torch.tensor([0]))
        some = part.take(torch.arange(min(len(part), _LOOKED_AT)))
        columns = _columns(recipe, x_1F.cpu(), some.cpu())
        changed = replace(one, x=_changed(recipe, columns, x_1F, wanted.changes))
    else:
        shape = "×".join(map(str, part.x.shape[1:]))
        raise InputError(
            f"the network takes inputs of shape {shape}: only columns of a table and images can be tried"
        )
    before, now = (_predicted(subject, part) for part in (one, changed))
    trial = Trial(
        place=place,
        rows=len(part),
        number=None if part.numbers_B is None else int(part.numbers_B[row]),
        name=part.names[row] if part.names else "",
        target=str(getattr(recipe, "target", "")),
        classes=recipe.classes,
        true=_true(recipe, one.y[0].item()),
        before=before,
        now=now,
        columns=columns,
        picture=picture,
        notes=tuple(notes),
    )
    report = to_json(trial, inf_nan_mode="strings").decode()
    return Tried(subject.step, subject.epoch, wanted.token, report)


def _order(part: Part) -> npt.NDArray[np.int64]:
    """The rows in the order of the file."""
    if part.numbers_B is None:
        return np.arange(len(part), dtype=np.int64)
    return np.argsort(part.numbers_B, kind="stable").astype(np.int64)


def _place(part: Part, order_B: npt.NDArray[np.int64], wanted: Try) -> int:
    """The place of the row that is wanted. Raises InputError if the split does not have its number."""
    if wanted.number is None:
        return wanted.place % len(part)
    numbers_B = np.arange(1, len(part) + 1) if part.numbers_B is None else part.numbers_B[order_B]
    near = max(-_FAR, min(wanted.number, _FAR))
    place = int(np.argmin(np.abs(numbers_B - near)))
    if int(numbers_B[place]) != wanted.number:
        raise InputError(
            f"row {wanted.number} is not in the validation split; the nearest one is row {numbers_B[place]}"
        )
    return place


def _predicted(subject: Tryable, one: Part) -> Prediction:
    outputs_1K = outputs_of_split(subject.network, one, subject.forward).float().cpu()
    recipe = subject.recipe
    found = ENGINE_TASKS[recipe.task].predictions(outputs_1K, recipe.classes, *recipe.target_scale)
    return Prediction(found.answers[0], tuple(found.chances_NK[0].tolist()))


def _true(recipe: Recipe, y: float) -> float | str:
    if recipe.classes:
        return recipe.classes[int(y)]
    mean, std = recipe.target_scale
    return short(y * std + mean)


def _columns(recipe: TableRecipe, x_1F: Tensor, some_BF: Tensor) -> tuple[TriedColumn, ...]:
    found, first = [], 0
    for column in recipe.columns:
        own = x_1F[0, first : first + column.width]
        if isinstance(column, NumberRecipe):
            found.append(_number(column, float(own[0]), some_BF[:, first].double()))
        else:
            found.append(_category(column, own))
        first += column.width
    return tuple(found)


def _number(column: NumberRecipe, own: float, seen_B: Tensor) -> TriedColumn:
    """`seen_B`: inputs of other rows; they tell whether the column holds whole numbers."""
    values_B = seen_B * column.std + column.mean
    allowed_B = 1e-6 * column.std * seen_B.abs().clamp(min=1)
    whole = bool(((values_B - values_B.round()).abs() <= allowed_B).all())
    value = short(own * column.std + column.mean)
    notch = nice(column.std / 10)
    return TriedColumn(
        name=column.name,
        own=float(round(value)) if whole and abs(value - round(value)) < 0.01 else value,
        fill=column.fill,
        notch=max(1.0, notch) if whole else notch,
        mean=column.mean,
        std=column.std,
    )


def nice(size: float) -> float:
    """The number 1, 2 or 5 times a power of ten that is nearest to a size above 0, by its logarithm."""
    power = floor(log10(size))
    best = min((1, 2, 5, 10), key=lambda digit: abs(log10(size) - power - log10(digit)))
    return float(f"{best}e{power}")


def _category(column: CategoryRecipe, own_W: Tensor) -> TriedColumn:
    labels = (*column.categories, *([OTHER] if column.other else []))
    own = labels[int(own_W.argmax())] if bool(own_W.any()) else UNKNOWN
    return TriedColumn(
        name=column.name, own=own, fill=column.fill, categories=column.categories, other=column.other
    )


def _changed(
    recipe: TableRecipe, columns: tuple[TriedColumn, ...], x_1F: Tensor, changes: tuple[tuple[str, Cell], ...]
) -> Tensor:
    """The inputs `(1, F)` with other values in some columns, by the recipe; the rest stays bit for bit."""
    places = {column.name: place for place, column in enumerate(columns)}
    firsts = np.cumsum([0, *(column.width for column in recipe.columns)]).tolist()
    changed_1F = x_1F.clone()
    for name, cell in changes:
        if name not in places:
            raise InputError(f"no column '{safe(name, 40)}' among the inputs of this run")
        place = places[name]
        column = recipe.columns[place]
        given = _input(column, check_cell(columns[place], cell))
        x_1W = torch.from_numpy(apply([column], [given], np.zeros(1, np.int64)))
        first = firsts[place]
        changed_1F[:, first : first + column.width] = x_1W.to(changed_1F.device)
    return changed_1F


def _input(column: NumberRecipe | CategoryRecipe, cell: Cell) -> Input:
    """A column of one row, as a table that is read has it."""
    if isinstance(column, NumberRecipe):
        return NumberInput(column.name, np.array([np.nan if cell is None else cell], np.float64))
    codes = np.array([-1 if cell is None else 0], np.int32)
    return CategoryInput(column.name, codes, (str(cell),))
