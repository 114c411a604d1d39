"""A table in splits, and what is fitted to its training rows; no torch.

Legend: N rows.
"""

from dataclasses import dataclass

import numpy as np

from tui_lab.data.classes import check_classes
from tui_lab.data.description import describe
from tui_lab.data.messages import in_short, named
from tui_lab.data.recipes import CategoryRecipe, NumberRecipe
from tui_lab.data.split import SplitRows
from tui_lab.data.table.column_roles import NumberInput
from tui_lab.data.table.scaling import fit_columns
from tui_lab.data.table.table import Table, rows_of_splits
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.events import DataLoaded
from tui_lab.safe import safe


@dataclass(frozen=True, slots=True)
class FittedTable:
    """A table with its splits and what was fitted to the training rows.

    `columns`: those that are used. `doubts`: warnings about the scores. `done`: columns that were left out or
    filled in, each with what was done; no name stands for all of them.
    """

    rows: SplitRows
    columns: tuple[NumberRecipe | CategoryRecipe, ...]
    about: DataLoaded
    doubts: list[str]
    done: list[tuple[str, str]]


def fit_table(table: Table, experiment: Experiment) -> FittedTable:
    """Split a table and fit its columns. Raises InputError."""
    spec, shown = experiment.data, safe(table.source, 300)
    rows = rows_of_splits(table, experiment)
    doubts = [*table.leaks]
    if table.classes:
        doubts += check_classes(shown, table.target_N.astype(np.int64), table.classes, rows)
    doubts += _shared_rows(table, rows, shown)
    columns, done = fit_columns(table.inputs, rows.train, as_image=spec.shape is not None)
    if not columns:
        raise InputError(f"{shown}: no usable feature column: all are empty or constant")
    shape = spec.shape or (sum(column.width for column in columns),)
    facts = in_short(table.facts, spec.file)
    about = describe(spec, table.sha256, shape, table.target_N, table.classes, rows, facts)
    return FittedTable(rows, columns, about, doubts, done)


def sentences(done: list[tuple[str, str]], shown: str) -> list[str]:
    """What was done to single columns, as sentences about the file `shown`."""
    return [
        f"{shown}: column {named(name)}: {words}" if name else f"{shown}: {words}" for name, words in done
    ]


def _shared_rows(table: Table, rows: SplitRows, shown: str) -> list[str]:
    """Warn about validation and test rows that also occur in training, target included, by hash."""
    hashes_N = np.full(len(table.target_N), 0xCBF29CE484222325, np.uint64)  # FNV-1a over 64-bit words
    values = [item.values_N if isinstance(item, NumberInput) else item.codes_N for item in table.inputs]
    for column_N in (*values, table.target_N):
        hashes_N ^= (column_N.astype(np.float64) + 0.0).view(np.uint64)
        hashes_N *= np.uint64(0x100000001B3)
        hashes_N ^= hashes_N >> np.uint64(29)
    held_out = np.concatenate([rows.val, rows.test])
    shared = int(np.isin(hashes_N[held_out], hashes_N[rows.train]).sum())
    if not shared:
        return []
    return [
        f"{shown}: {shared} of the {len(held_out)} rows for validation and test equal training rows "
        "in all used columns, target included: if they are duplicates, the scores are too optimistic; remove "
        "the duplicates"
    ]
