"""A table as a person is shown it, in plain data: columns, the first rows, and what would be made of them."""

from dataclasses import dataclass
from typing import Literal

from tui_lab.protocol.events import DataLoaded
from tui_lab.spec.experiment import Use
from tui_lab.spec.presets import Preset

Kind = Literal["number", "whole", "yes/no", "text", "dates", "blank"]
BINS = 12


@dataclass(frozen=True, slots=True)
class ColumnSurvey:
    """One column. `missing`: blank cells; `distinct`: different values, blank not counted (`more`: at least).

    `bins`: at most `BINS` counts, of equal stretches from `low` to `high` for numbers, of the most frequent
    values for text (all rows of a long table are not looked at for it). `common`: those values, with counts.
    """

    name: str
    kind: Kind
    missing: int
    distinct: int
    more: bool = False
    bins: tuple[int, ...] = ()
    low: str = ""
    high: str = ""
    common: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TableSurvey:
    """A table as it was read. `shown` names the file; `preview` holds the first rows, blank cells empty."""

    shown: str
    rows: int
    columns: tuple[ColumnSurvey, ...]
    preview: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """What would be trained. `problems`: why it cannot be, a sentence each; then `data` is None.

    `said`: every guess and what was done to columns; `doubts`: what to beware of in the scores. `uses`: what
    each column but the target is used as, or is to be used as and cannot be: those are `unfit`. `pinned`:
    the same preset with these uses written down, for a file.
    """

    preset: Preset
    pinned: Preset
    uses: dict[str, Use]
    said: tuple[str, ...]
    problems: tuple[str, ...] = ()
    data: DataLoaded | None = None
    unfit: frozenset[str] = frozenset()
    doubts: tuple[str, ...] = ()
