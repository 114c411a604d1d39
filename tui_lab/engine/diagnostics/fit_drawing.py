"""What the network predicts over its one or two inputs: of a run that trains, one that has ended, a new one.

Legend: N points or rows, F inputs (1 or 2), K outputs.
"""

from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor

from tui_lab.data.dataset import Dataset, Part
from tui_lab.data.recipes import NumberRecipe, TableRecipe
from tui_lab.engine.diagnostics.as_validated import as_validated
from tui_lab.engine.diagnostics.ended_run import ended_run, subject_of
from tui_lab.engine.evaluation.report.subject import Subject
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.fit import MOST_POINTS, MOST_ROWS, ONLY_NUMBERS, DrawFit, FitDrawn, FitRow

_MARGIN = 0.08
"""How far beyond the rows is drawn, as a fraction of their range."""
_DIGITS = 4


def draw_now(training: Training, asked: DrawFit) -> FitDrawn:
    """The fit of a run as it is validated. Raises InputError if it cannot be drawn.

    Weights, buffers, optimizer and random state do not change. A failure of any kind is one of the drawing,
    not of the run.
    """
    with as_validated(training, "its fit could not be drawn") as subject:
        return _drawn(subject, asked, training.step, training.epoch)


def draw_at_start(experiment: Experiment, asked: DrawFit) -> FitDrawn:
    """The fit of an untrained network. Raises InputError as `prepare` does, or if it cannot be drawn."""
    subject = subject_of(prepare(experiment), experiment.hyperparameters.precision)
    return _drawn(subject, asked, 0, 0)


def draw_best(experiment: Experiment, folder: Path, asked: DrawFit) -> FitDrawn:
    """The fit of the best weights of the run in `folder`.

    Raises InputError as `prepare` does, if the weights do not match, or if it cannot be drawn; RunError if
    the run has no weights.
    """
    run = ended_run(experiment, folder, same_data=True)
    return _drawn(run.subject, asked, run.step, run.weights.epoch)


def _drawn(subject: Subject, asked: DrawFit, step: int, epoch: int) -> FitDrawn:
    began, data = perf_counter(), subject.dataset
    recipe = data.recipe
    columns = _columns(data)
    assert isinstance(recipe, TableRecipe)
    width = max(2, asked.width)
    height = max(2, asked.height) if len(columns) == 2 else 1
    if width * height > MOST_POINTS:
        raise InputError(f"a drawing of {width} x {height} points is too large (at most {MOST_POINTS:,})")
    seen_NF = torch.cat([data.train.first(len(data.train)), data.val.first(len(data.val))]).double().cpu()
    low_F, high_F = seen_NF.amin(0), seen_NF.amax(0)
    margin_F = (high_F - low_F) * _MARGIN
    low_F, high_F = low_F - margin_F, high_F + margin_F
    points_NF = _grid(low_F, high_F, width, height).float().to(data.train.y.device)
    part = Part(points_NF, torch.zeros(len(points_NF), device=points_NF.device))
    outputs_NK = subject.outputs(part).float().cpu()
    classes = recipe.classes
    said = ENGINE_TASKS[recipe.task].predictions(outputs_NK, classes, *recipe.target_scale)
    if classes:
        chosen = tuple(said.chances_NK.argmax(1).tolist())
        values = said.chances_NK.max(1).tolist()
    else:
        chosen, values = (), [float(answer) for answer in said.answers]
    spans = tuple(
        (low * c.std + c.mean, high * c.std + c.mean)
        for c, low, high in zip(columns, low_F.tolist(), high_F.tolist(), strict=True)
    )
    return FitDrawn(
        step=step,
        epoch=epoch,
        inputs=tuple(column.name for column in columns),
        target=recipe.target,
        classes=classes,
        spans=spans,
        width=width,
        height=height,
        values=tuple(map(_short, values)),
        chosen=chosen,
        rows=tuple(_rows(data, columns, recipe)),
        seconds=perf_counter() - began,
    )


def _columns(data: Dataset) -> list[NumberRecipe]:
    """The one or two columns that are the inputs. Raises InputError with what they are instead."""
    recipe = data.recipe
    if not isinstance(recipe, TableRecipe) or len(data.about.shape) != 1:
        raise InputError(f"{ONLY_NUMBERS}; the inputs here are images or the user's own data")
    numbers = [column for column in recipe.columns if isinstance(column, NumberRecipe)]
    if len(numbers) != len(recipe.columns):
        raise InputError(f"{ONLY_NUMBERS}; some here are categories, each an input of 0 or 1")
    if not 1 <= len(numbers) <= 2:
        raise InputError(f"{ONLY_NUMBERS}; there are {len(numbers)} here")
    return numbers


def _grid(low_F: Tensor, high_F: Tensor, width: int, height: int) -> Tensor:
    """The middles of the cells `(height * width, F)`: from the top left, row by row."""

    def along(k: int, count: int) -> Tensor:
        return low_F[k] + (high_F[k] - low_F[k]) * (torch.arange(count, dtype=torch.float64) + 0.5) / count

    x_W = along(0, width)
    if len(low_F) == 1:
        return x_W[:, None]
    y_H = along(1, height).flip(0)
    return torch.stack([x_W.repeat(height), y_H.repeat_interleave(width)], 1)


def _rows(data: Dataset, columns: list[NumberRecipe], recipe: TableRecipe) -> list[FitRow]:
    """Rows of both splits, all of them or the first ones; a share of each as large as the split."""
    every = len(data.train) + len(data.val)
    mean, std = recipe.target_scale
    rows: list[FitRow] = []
    for part, held_out in ((data.train, False), (data.val, True)):
        count = min(len(part), -(-MOST_ROWS * len(part) // every))
        places = part.first(count).double().cpu().tolist()
        for place, answer in zip(places, part.y[:count].double().cpu().tolist(), strict=True):
            x, *others = (value * c.std + c.mean for value, c in zip(place, columns, strict=True))
            rows.append(
                FitRow(_short(x), _short(others[0] if others else 0.0), _short(answer * std + mean), held_out)
            )
    return rows


def _short(value: float) -> float:
    """Enough for a picture; it is sent several times a second."""
    return float(f"{value:.{_DIGITS}g}")
