"""The preview of a table before training, without torch.

Legend: N rows.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from tui_lab.data.final_settings import FinalSettings
from tui_lab.data.local_file import Progress
from tui_lab.data.messages import few
from tui_lab.data.table.column_roles import Chooser, used_as
from tui_lab.data.table.fitting import fit_table, sentences
from tui_lab.data.table.guess import guess_preset, pinned_by, preset_of
from tui_lab.data.table.ids import looks_like_dates
from tui_lab.data.table.reading.cells import Cells, Floats, NumberCells, TextCells
from tui_lab.data.table.reading.raw_table import RawTable
from tui_lab.data.table.survey import BINS, ColumnKind, ColumnSurvey, TableSurvey
from tui_lab.data.table.table import read_table, understand
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment, Use
from tui_lab.experiment.presets import Preset
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.events import DataLoaded

_PREVIEW = 20
_LOOKED = 5_000  # rows used for a histogram


def look_at(experiment: Experiment) -> DataLoaded:
    """The data description of a run; reads the whole table."""
    return fit_table(read_table(experiment.data, experiment.task), experiment).about


def survey(raw: RawTable) -> TableSurvey:
    """The columns and the first rows of a table."""
    told = [_column(name, cells, raw) for name, cells in raw.columns.items()]
    columns, cells = [column for column, _ in told], [cells for _, cells in told]
    first = range(min(_PREVIEW, len(raw.rows_N)))
    preview = tuple(tuple(_cell(one, row) for one in cells) for row in first)
    return TableSurvey(raw.shown, len(raw.rows_N), tuple(columns), preview)


def guess(
    spec: DataSpec, task: Task | None, progress: Progress | None, *, pinned: bool
) -> tuple[Preset, tuple[str, ...]]:
    """A preset for a table, and what was chosen automatically. Raises InputError.

    `pinned`: with the use of each column spelled out.
    """
    found = guess_preset(spec, task, progress)
    if not pinned:
        return found.preset, found.said
    final = settle(found.raw, found.preset.data, found.preset.task, found.said)
    if final.problems:
        raise InputError(final.problems)
    return final.pinned, final.said


def settle(raw: RawTable, spec: DataSpec, task: Task, guesses: Sequence[str]) -> FinalSettings:
    """What would be trained with this target, this task and these uses of columns. Raises nothing."""
    preset = preset_of(raw, spec, task, guesses)
    said, inputs = [*guesses], None
    unfit: Sequence[str] = ()
    dropped: set[str] = set()
    doubted: Sequence[str] = ()
    data: DataLoaded | None = None
    problems: tuple[str, ...] = ()
    try:
        table = understand(raw, spec, task)
        inputs = table.inputs
        said += table.warnings
        fitted = fit_table(table, preset.experiment())
        data, doubted = fitted.about, fitted.doubts
        said += [*few(sentences(fitted.done, raw.shown), raw.shown), *table.facts]
        dropped = {item.name for item in inputs} - {column.name for column in fitted.columns}
        dropped -= set(spec.columns)
    except InputError as error:
        problems = error.problems
    if inputs is None:
        chooser = Chooser(raw, spec)
        chooser.choose()
        inputs, unfit = tuple(chooser.inputs), chooser.unfit
        said += few([*raw.warnings, *chooser.warnings, *raw.facts, *chooser.facts], raw.shown)
    uses: dict[str, Use] = {name: "leave_out" for name in raw.columns if name != spec.target}
    uses |= {item.name: used_as(item) for item in inputs if item.name not in dropped}
    uses |= dict.fromkeys(unfit, "number")  # text can always be a category
    made = pinned_by(preset, raw, inputs)
    return FinalSettings(preset, made, uses, tuple(said), problems, data, frozenset(unfit), tuple(doubted))


def _column(name: str, cells: Cells, raw: RawTable) -> tuple[ColumnSurvey, Cells]:
    """A column with its cells as interpreted: text that is all numbers becomes numbers."""
    if isinstance(cells, NumberCells):
        distinct = len(pd.unique(cells.values_N)) - bool(cells.missing)
        return _numbers(name, cells.values_N, cells.missing, distinct), cells
    parsed = raw.numbers(cells)
    counts = np.bincount(cells.codes_N[cells.codes_N >= 0], minlength=len(cells.labels))
    distinct = int((counts > 0).sum())
    if distinct and not parsed.bad and not parsed.boolean and not cells.overflowed:
        return _numbers(name, parsed.values_N, cells.missing, distinct), NumberCells(parsed.values_N)
    kind: ColumnKind = "yes/no" if parsed.boolean else "dates" if looks_like_dates(cells.labels) else "text"
    order = np.argsort(-counts, kind="stable")[:BINS]
    common = tuple((cells.labels[k], int(counts[k])) for k in order if counts[k])
    found = ColumnSurvey(
        name,
        kind if distinct else "blank",
        cells.missing,
        distinct,
        cells.overflowed,
        tuple(count for _, count in common),
        common=common,
    )
    return found, cells


def _numbers(name: str, values_N: Floats, missing: int, distinct: int) -> ColumnSurvey:
    looked_N: npt.NDArray[np.float64] = values_N[:: max(1, len(values_N) // _LOOKED)].astype(np.float64)
    looked_N = looked_N[np.isfinite(looked_N)]
    if not len(looked_N):
        return ColumnSurvey(name, "blank" if not distinct else "number", missing, distinct)
    with np.errstate(invalid="ignore"):
        whole = bool((looked_N % 1 == 0).all())
    low, high = (np.nanmin(values_N), np.nanmax(values_N)) if missing else (values_N.min(), values_N.max())
    try:
        bins, _ = np.histogram(looked_N, min(BINS, max(1, distinct)))
    except ValueError:  # the range overflows a float64
        bins = np.zeros(0, np.int64)
    return ColumnSurvey(
        name,
        "whole" if whole else "number",
        missing,
        distinct,
        False,
        tuple(map(int, bins)),
        _figure(float(low)),
        _figure(float(high)),
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) < 1e15 and value % 1 == 0 else f"{value:g}"


def _cell(cells: Cells, row: int) -> str:
    if isinstance(cells, TextCells):
        code = int(cells.codes_N[row])
        return cells.labels[code] if code >= 0 else "…" if code == -2 else ""
    value = float(cells.values_N[row])
    return "" if value != value else f"{value:.15g}"
