"""A table as features and target, validated.

Legend: N rows.
"""

from dataclasses import dataclass, replace
from math import prod

import numpy as np
import numpy.typing as npt

from tui_lab.data.local_file import Progress
from tui_lab.data.messages import counted, few, named
from tui_lab.data.split import SplitRows, split_by_target
from tui_lab.data.table.column_roles import Chooser, Input, NumberInput, one_hot
from tui_lab.data.table.leakage import leaks
from tui_lab.data.table.reading.raw_table import RawTable
from tui_lab.data.table.reading.read_file import read_raw
from tui_lab.data.table.target import Target, TargetReader, Values
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.tasks import Task
from tui_lab.safe import safe

FEWEST_ROWS = 3


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read and interpreted.

    `target_N`: float64 values for regression, int64 class numbers otherwise. `classes`: the label of each
    class number, empty for regression. `rows_N`: the row of the file, as a spreadsheet counts.
    `facts`: harmless things that were done to it. `leaks`: features that give the target away.
    """

    source: str
    sha256: str
    inputs: tuple[Input, ...]
    target_N: Values
    classes: tuple[str, ...]
    rows_N: npt.NDArray[np.int64]
    warnings: tuple[str, ...]
    facts: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()


def read_table(spec: DataSpec, task: Task, progress: Progress | None = None) -> Table:
    """Read and validate the table of `spec`. Raises InputError with all problems."""
    return understand(read_raw(spec, one_hot(spec), progress), spec, task)


def understand(raw: RawTable, spec: DataSpec, task: Task) -> Table:
    """Interpret the columns of a table. Raises InputError with all problems."""
    problems: list[str] = []
    target: Target | None = None
    said: list[str] = list(raw.warnings)
    if len(raw.rows_N) < FEWEST_ROWS or len(raw.columns) < 2:
        problems.append(
            f"{raw.shown}: {counted(len(raw.rows_N), 'row', 'rows')} and "
            f"{counted(len(raw.columns), 'column', 'columns')} are too few; a table needs a "
            f"header, {FEWEST_ROWS} rows, a target and at least one feature"
        )
    if spec.target not in raw.columns:
        problems.append(_no_target(raw, spec))
    elif not problems:
        reader = TargetReader(raw, spec, task)
        target = reader.read()
        said += reader.warnings
        problems += reader.problems
    if problems and target is None:
        raise InputError(few(problems, raw.shown))
    chooser = Chooser(raw, spec)
    chooser.choose()
    said += chooser.warnings
    problems += chooser.problems
    if spec.shape is not None and prod(spec.shape) != len(chooser.inputs):
        sides = " x ".join(map(str, spec.shape))
        count = len(raw.columns) - 1
        problems.append(f"{raw.shown}: shape {sides} needs {prod(spec.shape)} columns; there are {count}")
    if problems:
        raise InputError(few(problems, raw.shown))
    assert target is not None
    inputs = tuple(_rows_of(item, target.kept_N) for item in chooser.inputs)
    return Table(
        source=spec.file,
        sha256=raw.sha256,
        inputs=inputs,
        target_N=target.values_N,
        classes=target.classes,
        rows_N=raw.rows_N[target.kept_N],
        warnings=tuple(few(said, raw.shown)),
        facts=tuple(few([*raw.facts, *chooser.facts], raw.shown)),
        leaks=tuple(few(leaks(inputs, target, raw.shown, named(spec.target)), raw.shown)),
    )


def rows_of_splits(table: Table, experiment: Experiment) -> SplitRows:
    """The split of an experiment's table. Raises InputError."""
    return split_by_target(table.target_N, experiment, safe(table.source, 300), table.classes)


def _no_target(raw: RawTable, spec: DataSpec) -> str:
    columns = ", ".join(safe(name, 40) for name in list(raw.columns)[:20])
    near = did_you_mean(spec.target, raw.columns)
    return f"{raw.shown}: no column {named(spec.target)}{near}. Columns: {columns}"


def _rows_of(item: Input, kept_N: npt.NDArray[np.bool_]) -> Input:
    if bool(kept_N.all()):
        return item
    if isinstance(item, NumberInput):
        return NumberInput(item.name, item.values_N[kept_N], item.boolean)
    return replace(item, codes_N=item.codes_N[kept_N])
