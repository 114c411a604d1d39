"""New rows for a trained network: matched to its columns by name, with the same preprocessing."""

import numpy as np
import numpy.typing as npt

from tui_lab.data.local_file import Progress
from tui_lab.data.messages import counted, few, named
from tui_lab.data.recipes import CategoryRecipe, NumberRecipe, TableRecipe
from tui_lab.data.table.column_roles import SHOWN, CategoryInput, Input, NumberInput
from tui_lab.data.table.mismatch import likely_cause
from tui_lab.data.table.reading.cells import NumberCells, TextCells
from tui_lab.data.table.reading.raw_table import RawTable
from tui_lab.data.table.reading.read_file import read_raw
from tui_lab.data.table.scaling import apply
from tui_lab.data.table.table import read_table, rows_of_splits
from tui_lab.data.unseen import Unseen, check_unchanged
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.tasks import TASKS
from tui_lab.safe import safe

RECIPE = TableRecipe
_NEARLY_ALL = 0.9  # of the cells of a column: are they unknown, the file is written otherwise than the run's
_ENOUGH = 10  # cells for that to be no chance, where nothing else tells
_SOME = 5


def read_unseen(
    spec: DataSpec, recipe: TableRecipe, progress: Progress | None = None, *, anyway: bool = False
) -> Unseen:
    """Read the file of `spec` for a recipe. Raises InputError with every column that is missing or unfit.

    A column of which nearly no value is known is unfit, too, unless it is to be used `anyway`.
    """
    one_hot = frozenset(c.name for c in recipe.columns if isinstance(c, CategoryRecipe))
    raw = read_raw(spec, one_hot, progress, fewest=1)
    problems = _missing(raw, recipe)
    if not len(raw.rows_N):
        problems.append(f"{raw.shown}: 0 rows, so there is nothing to predict")
    said = list(raw.warnings)
    inputs: list[Input] = []
    for column in recipe.columns:
        if column.name not in raw.columns:
            continue
        if isinstance(column, NumberRecipe):
            inputs.append(_numbers(column, raw, problems, said))
        else:
            inputs.append(_category(column, raw, said if anyway else problems, said))
    if problems:
        raise InputError(few(problems, raw.shown))
    every = np.arange(len(raw.rows_N))
    x_NF = apply(recipe.columns, inputs, every)
    return Unseen(x_NF, raw.rows_N, _answers(raw, recipe, said), tuple(few(said, raw.shown)))


def rows_of_split(
    experiment: Experiment, recipe: TableRecipe, name: str, sha256: str, progress: Progress | None
) -> Unseen:
    """The rows of a split in the order of the table, refused if it has changed. Raises InputError."""
    table = read_table(experiment.data, experiment.task, progress)
    check_unchanged(table.source, table.sha256, sha256, name)
    chosen = getattr(rows_of_splits(table, experiment), name)
    chosen = chosen[np.argsort(table.rows_N[chosen])]
    by_name = {item.name: item for item in table.inputs}
    x_NF = apply(recipe.columns, [by_name[column.name] for column in recipe.columns], chosen)
    answers_N = (table.target_N[chosen].astype(np.float64) - recipe.target_mean) / recipe.target_std
    return Unseen(x_NF, table.rows_N[chosen], answers_N)


def _missing(raw: RawTable, recipe: TableRecipe) -> list[str]:
    missing = [column.name for column in recipe.columns if column.name not in raw.columns]
    if not missing:
        return []
    absent = [f"{named(name)}{did_you_mean(name, raw.columns)}" for name in missing[:10]]
    more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
    return [
        f"{raw.shown}: columns that the run was trained on are missing: {', '.join(absent)}{more}; "
        "add them (their cells may be empty)"
    ]


def _numbers(column: NumberRecipe, raw: RawTable, problems: list[str], said: list[str]) -> NumberInput:
    cells = raw.columns[column.name]
    name = named(column.name)
    shown = f"{raw.shown}: column {name}"
    bad_N = np.zeros(len(raw.rows_N), bool)
    if isinstance(cells, NumberCells):
        values_N = cells.values_N
    else:
        parsed = raw.numbers(cells)
        values_N = parsed.values_N
        bad_N = np.isin(cells.codes_N, [*parsed.bad, -2])
        if parsed.unsure:
            problems.append(f"{shown}: {parsed.unsure}")
            return NumberInput(column.name, values_N)
        said += [f"{shown}: {phrase}" for phrase in parsed.said]
    with np.errstate(over="ignore", invalid="ignore"):
        infinite_N = np.isinf(values_N.astype(np.float32))
    wrong = np.flatnonzero(bad_N | infinite_N)
    present = int((~np.isnan(values_N) | bad_N).sum())
    if isinstance(cells, TextCells) and len(wrong) >= max(_ENOUGH, _NEARLY_ALL * present):
        problems.append(
            f"{shown}: {len(wrong):,} of {present:,} cells are not numbers, such as "
            f"{named(_label(cells, int(wrong[0])), 40)} in row {raw.rows_N[wrong[0]]}; is the "
            "decimal sign different (--data decimal=,), or the delimiter (--data delimiter=...)?"
        )
        return NumberInput(column.name, values_N)
    for row in wrong[:SHOWN]:
        cell = values_N[row] if isinstance(cells, NumberCells) else _label(cells, int(row))
        problems.append(
            f"{raw.shown}: row {raw.rows_N[row]}, column {name}: '{safe(cell, 40)}' is not a finite number; "
            "fix it, or clear the cell"
        )
    if len(wrong) > SHOWN:
        problems.append(f"{shown}: and {len(wrong) - SHOWN:,} more such cells")
    blanks = int(np.isnan(values_N).sum()) - int(bad_N.sum())
    if blanks:
        count = counted(blanks, "missing value", "missing values")
        said.append(f"{shown}: {count} filled with {column.fill:.6g}, as in training")
    return NumberInput(column.name, values_N)


def _label(cells: TextCells, row: int) -> str:
    code = cells.codes_N[row]
    return cells.labels[code] if code >= 0 else "..."


def _category(column: CategoryRecipe, raw: RawTable, unfit: list[str], said: list[str]) -> CategoryInput:
    """The column as a category; `unfit` gets what to say if nearly no value is known."""
    cells = raw.columns[column.name]
    assert isinstance(cells, TextCells)
    shown = f"{raw.shown}: column {named(column.name)}"
    known = set(column.categories)
    unknown = {k for k, label in enumerate(cells.labels) if label not in known}
    rows_N = np.isin(cells.codes_N, [*unknown, -2])
    if rows_N.any():
        present = len(rows_N) - cells.missing
        first = int(np.flatnonzero(rows_N)[0])
        example = f"{named(_label(cells, first), 40)} in row {raw.rows_N[first]}"
        cause = likely_cause([cells.labels[k] for k in unknown], column.categories)
        nearly_all = rows_N.sum() >= _NEARLY_ALL * present
        if nearly_all and (cause or (present >= _ENOUGH and not column.other)):
            known_ones = ", ".join(named(name, 40) for name in column.categories[:_SOME])
            more = ", ..." if len(column.categories) > _SOME else ""
            todo = "Write them as in training, or add --anyway to predict regardless"
            unfit.insert(
                0,
                f"{shown}: {rows_N.sum():,} of {present:,} cells hold a value not seen in training, such "
                f"as {example}; the run knows {known_ones}{more}{f': {cause}' if cause else ''}. "
                + ("Predicted regardless" if unfit is said else todo),
            )
        else:
            count = counted(int(rows_N.sum()), "cell holds", "cells hold")
            taken = "'other'" if column.other else "unknown"
            why = f" ({cause})" if cause else ""
            said.insert(
                0,
                f"{shown}: {count} a value not seen in training, such as {example}{why}: treated as {taken}",
            )
    if cells.missing:
        count = counted(cells.missing, "missing value", "missing values")
        said.append(f"{shown}: {count} filled with {named(column.fill, 40)}, as in training")
    codes_N = np.where(cells.codes_N == -2, len(cells.labels), cells.codes_N).astype(np.int32)
    return CategoryInput(column.name, codes_N, (*cells.labels, "\0unknown"))


def _answers(raw: RawTable, recipe: TableRecipe, said: list[str]) -> npt.NDArray[np.float64]:
    """The targets in the file, if any."""
    cells = raw.columns.get(recipe.target)
    answers_N = np.full(len(raw.rows_N), np.nan)
    if not isinstance(cells, TextCells):
        return answers_N
    if TASKS[recipe.task].numeric:
        parsed = raw.numbers(cells)
        if parsed.unsure:
            said.append(f"{raw.shown}: column {named(recipe.target)} is not scored: {parsed.unsure}")
            return answers_N
        return (parsed.values_N - recipe.target_mean) / recipe.target_std
    number = {label: float(k) for k, label in enumerate(recipe.classes)}
    table = np.array([*(number.get(label, np.nan) for label in cells.labels), np.nan])
    answers_N = table[np.where(cells.codes_N < 0, len(cells.labels), cells.codes_N)]
    unknown = int(np.isnan(answers_N).sum()) - cells.missing
    if unknown:
        count = counted(unknown, "row holds", "rows hold")
        cause = likely_cause([label for label in cells.labels if label not in number], recipe.classes)
        why = f" ({cause})" if cause else ""
        said.insert(0, f"{raw.shown}: {count} a class not seen in training{why}: not scored")
    return answers_N
