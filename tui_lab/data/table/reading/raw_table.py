"""The columns of a table as read from its file, and what any such file must fulfil.

Legend: N rows.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tui_lab.data.messages import named
from tui_lab.data.table.reading.cells import Cells, TextCells
from tui_lab.data.table.reading.number_parsing import Parsed, parse_numbers
from tui_lab.errors import InputError
from tui_lab.experiment.network.memory import bytes_text

_COPIES = 2.5
"""Memory per byte read: the columns, the tensors, and some working space."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """All columns of a file. `rows_N`: the row number of each row, as a spreadsheet counts.

    `decimal` is the decimal mark, `settled` if it was given or certain. `warnings` report automatic choices
    and skipped parts that need attention, `facts` those that do not.
    """

    shown: str
    sha256: str
    columns: dict[str, Cells]
    rows_N: npt.NDArray[np.int64]
    decimal: str
    warnings: tuple[str, ...]
    settled: bool = False
    facts: tuple[str, ...] = ()

    def numbers(self, cells: TextCells) -> Parsed:
        return parse_numbers(cells, self.decimal, settled=self.settled)


def check_names(names: tuple[str, ...], shown: str) -> tuple[str, ...]:
    """Raise InputError if a column name occurs twice, as it would be ambiguous."""
    twice = sorted(name for name, count in Counter(names).items() if name and count > 1)
    if twice:
        listed = ", ".join(named(name, 40) for name in twice[:10])
        raise InputError(
            f"{shown}: row 1: more than one column is called {listed}; give each column a unique name, "
            "or, if the first line is data, use --data header=false"
        )
    return names


def check_memory(projected: float, free: int, shown: str) -> None:
    """Refuse a table that will not fit in memory, estimated from the part read so far."""
    needed = projected * _COPIES
    if needed > free:
        raise InputError(
            f"{shown}: needs about {bytes_text(needed)} of memory, but only {bytes_text(free)} are free; "
            "use fewer rows or columns"
        )
