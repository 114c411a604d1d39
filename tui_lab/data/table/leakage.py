"""Checks for leakage and imbalance that make scores misleading; no torch.

Legend: N rows.
"""

import numpy as np

from tui_lab.data.classes import check_classes
from tui_lab.data.split import SplitRows
from tui_lab.data.table.column_roles import NumberInput
from tui_lab.data.table.table import Table
from tui_lab.safe import safe


def doubts(table: Table, rows: SplitRows) -> list[str]:
    """Warnings about the scores. Raises InputError for a class without training rows."""
    shown = safe(table.source, 300)
    said = check_classes(shown, table.target_N.astype(np.int64), table.classes, rows) if table.classes else []
    return [*table.leaks, *said, *_shared_rows(table, rows, shown)]


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
