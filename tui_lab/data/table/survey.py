"""The preview of a table, as plain data: columns, the first rows, and what would be trained."""

from dataclasses import dataclass
from typing import Literal

ColumnKind = Literal["number", "whole", "yes/no", "text", "dates", "blank"]
BINS = 12


@dataclass(frozen=True, slots=True)
class ColumnSurvey:
    """One column. `missing`: missing values; `distinct`: distinct values without those (`more`: at least).

    `bins`: at most `BINS` counts: equal intervals from `low` to `high` for numbers, the most frequent values
    for text (from a sample of a long table). `common`: those values, with counts.
    """

    name: str
    kind: ColumnKind
    missing: int
    distinct: int
    more: bool = False
    bins: tuple[int, ...] = ()
    low: str = ""
    high: str = ""
    common: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TableSurvey:
    """A table as read. `shown` names the file; `preview` holds the first rows, with missing values empty."""

    shown: str
    rows: int
    columns: tuple[ColumnSurvey, ...]
    preview: tuple[tuple[str, ...], ...]
