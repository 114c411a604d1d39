"""From a file to a preset: automatic target and task, and a first network. All choices are reported."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tui_lab.data.local_file import Progress, check_file
from tui_lab.data.messages import counted, named, to_keep
from tui_lab.data.table.column_roles import CategoryInput, Input, one_hot, used_as
from tui_lab.data.table.ids import is_id, is_text_id, looks_like_dates
from tui_lab.data.table.reading.cells import BOOLEANS, NumberCells, TextCells
from tui_lab.data.table.reading.raw_table import RawTable
from tui_lab.data.table.reading.read_file import column_names, keep, read_raw, state_of
from tui_lab.data.table.table import understand
from tui_lab.data.table.target import MAX_CLASSES
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, ModelSpec, Use
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.presets import Preset
from tui_lab.experiment.tasks import Task
from tui_lab.experiment.writing import preset_name
from tui_lab.safe import safe

TARGET_NAMES = (
    "target",
    "label",
    "class",
    "y",
    "labels",
    "classes",
    "outcome",
    "output",
    "response",
    "answer",
)
_CLASSES = 20  # whole numbers with at most this many values, each several times, count as classes
_TIMES = 5
_LAYERS = ("linear 64", "activation", "dropout", "linear 32", "activation", "dropout")
_SIZES = ((1_000, 16, 50), (10_000, 32, 30), (10**12, 256, 20))
"""Rows up to, batch size, patience."""
_EPOCHS, _MINUTES = 1000, 10
"""What a first run ends by is its patience; these are only so that it ends at all."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The preset for a file. `said`: the choices, one sentence each. `raw`: the columns as read."""

    preset: Preset
    said: tuple[str, ...]
    raw: RawTable


def guess_preset(spec: DataSpec, task: Task | None = None, progress: Progress | None = None) -> Guess:
    """A preset for the table of `spec`; if its target is empty, it is chosen by the column names.

    The table is kept for a run that trains on it next. Raises InputError with everything that prevents that.
    """
    said: list[str] = []
    state = state_of(spec)
    spec, raw = read_guessing(spec, said, progress)
    task = task or guess_task(raw, spec.target, said)
    understand(raw, spec, task)
    keep(raw, spec, one_hot(spec), state)
    return Guess(preset_of(raw, spec, task, said), tuple(said), raw)


def with_target(spec: DataSpec, said: list[str]) -> DataSpec:
    """The same spec with a target, chosen by the column names if there is none; `said` gets the choice.

    Reads only the beginning of the file. Raises InputError.
    """
    shown = spec.file if spec.made else check_file(Path(spec.file), spec.file)
    if spec.target.strip():
        return spec
    return spec.model_copy(update={"target": _target(column_names(spec), shown, said)})


def read_guessing(
    spec: DataSpec,
    said: list[str],
    progress: Progress | None = None,
    before: tuple[str, RawTable] | None = None,
) -> tuple[DataSpec, RawTable]:
    """Read the table of `spec`; a target that is not given is chosen, `said` gets the choice.

    The last column is skipped in favour of an earlier one if it holds ids or free text: then the file is
    read twice. `before`: the same table if it was read already. Raises InputError.
    """
    guessed = not spec.target.strip()
    spec = with_target(spec, said)
    target, raw = before or (spec.target, read_raw(spec, one_hot(spec), progress))
    if guessed and spec.target.lower() not in TARGET_NAMES:
        better = next((name for name in reversed(raw.columns) if _may_be_target(name, raw)), spec.target)
        if better != spec.target:
            said[:] = [
                f"{raw.shown}: the target is {named(better)}, the last column that is neither an id nor "
                "free text (change it with --target)."
            ]
            spec = spec.model_copy(update={"target": better})
    return spec, raw if target == spec.target else read_raw(spec, one_hot(spec), progress)


def _may_be_target(name: str, raw: RawTable) -> bool:
    """Whether a column can be a target: not ids, dates, free text, or a single value."""
    cells = raw.columns[name]
    if isinstance(cells, NumberCells):
        return not is_id(name, cells.values_N) and len(np.unique(cells.values_N[:1000])) > 1
    parsed = raw.numbers(cells)
    if 2 * len(parsed.bad) <= len(cells.labels) and not cells.overflowed:  # its bad cells are reported
        return not is_id(name, parsed.values_N) and not is_text_id(name, cells) and len(cells.labels) > 1
    rows = len(cells.codes_N) - cells.missing
    return 2 <= len(cells.labels) <= min(MAX_CLASSES, rows // 2) and not looks_like_dates(cells.labels)


def guess_task(raw: RawTable, target: str, said: list[str]) -> Task:
    """The most likely task for the values of the target; `said` gets the choice."""
    column = raw.columns.get(target)
    return _task(column, raw, target, said) if isinstance(column, TextCells) else "regression"


def preset_of(raw: RawTable, spec: DataSpec, task: Task, said: Sequence[str]) -> Preset:
    """A preset to begin with: a small network, trained until it no longer improves."""
    path, rows = Path(spec.file), len(raw.rows_N)
    _, batch_size, patience = next(size for size in _SIZES if rows <= size[0])
    hyper = Hyperparameters(
        optimizer="adam",
        lr=0.001,
        dropout=0.1,
        batch_size=batch_size,
        epochs=_EPOCHS,
        patience=patience,
        max_minutes=_MINUTES,
    )
    return Preset(
        format="tui-lab.preset",
        version=1,
        name=preset_name(path.name.split(".")[0]),
        title=safe(path.name, 80) or "table",
        learn=f"Made from {safe(path.name, 80)}, {rows:,} rows. {to_keep(said, spec.file)}".strip()[:2000],
        task=task,
        data=spec,
        model=ModelSpec(layers=_LAYERS),
        hyperparameters=hyper,
    )


def pinned_by(preset: Preset, raw: RawTable, inputs: Sequence[Input]) -> Preset:
    """The preset with the use of every column that is not a plain number, as decided in `inputs`."""
    spec = preset.data
    used = {item.name: item for item in inputs}
    columns: dict[str, Use] = dict(spec.columns)
    for name in raw.columns:
        if name == spec.target or name in columns:
            continue
        if name not in used:
            columns[name] = "leave_out"
        elif isinstance(used[name], CategoryInput):
            columns[name] = used_as(used[name])
    return preset.model_copy(update={"data": spec.model_copy(update={"columns": columns})})


def _target(names: tuple[str, ...], shown: str, said: list[str]) -> str:
    lowered = {name.lower(): name for name in reversed(names) if name}
    if not lowered:
        raise InputError(f"{shown}: row 1: no column has a name")
    for name in TARGET_NAMES:
        if name in lowered:
            said.append(
                f"{shown}: the target is {named(lowered[name])}, by its name (change it with --target)."
            )
            return lowered[name]
    last = [name for name in names if name][-1]
    said.append(f"{shown}: the target is {named(last)}, the last column (change it with --target).")
    return last


def _task(cells: TextCells, raw: RawTable, target: str, said: list[str]) -> Task:
    """Two values: binary. Text, or few whole numbers: classes. Other numbers: regression."""
    labels = cells.labels
    parsed = raw.numbers(cells)
    rows = max(1, len(cells.codes_N) - cells.missing)
    many = len(labels)
    whole = not parsed.bad and all(re.fullmatch(r"[+-]?\d+(\.0*)?", text) for text in labels)
    numbers = many - len(parsed.bad)
    task: Task
    if many <= 2 or all(text.lower() in BOOLEANS for text in labels):
        task, why = "binary", f"it has {counted(many, 'value', 'distinct values')}"
    elif parsed.bad and 2 * numbers >= many and (many > _CLASSES or rows < _TIMES * many):
        task, why = "regression", f"most of its {many:,} distinct values are numbers"
    elif parsed.bad:
        task, why = "multiclass", f"it holds text with {counted(many, 'value', 'distinct values')}"
    elif whole and many <= _CLASSES and rows >= _TIMES * many:
        task, why = "multiclass", f"it holds {many} distinct whole numbers"
    else:
        task, why = "regression", "it holds numbers with many distinct values"
    said.append(f"{raw.shown}: column {named(target)}: the task is {task}: {why} (change it with --task).")
    return task
