"""Text columns with many values: which values get their own input, and which share one, "other".

A value needs enough rows to learn from, and there must not be too many inputs for the number of rows.

Legend: N rows, V values of a column.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tui_lab.data.table.reading.cells import TextCells

_MOST_CELLS = 2**26  # rows times inputs of such columns: 256 MB of float32
_SHARE = 0.5  # the least fraction of rows with a common value: with less, it is free text with repeats

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ManyValues:
    """A text column with many values. `place`: its position among the inputs. `asked`: by the user."""

    name: str
    cells: TextCells
    place: int
    asked: bool


def counts_of(cells: TextCells) -> Counts:
    """The number of rows with each label `(V,)`."""
    present = cells.codes_N[cells.codes_N >= 0]
    return np.bincount(present, minlength=len(cells.labels)).astype(np.int64)


def common_values(
    columns: Sequence[ManyValues], rows: int, width: int, least: int
) -> list[npt.NDArray[np.bool_] | None]:
    """For each column, which of its values get their own input `(V,)`; None: leave the column out.

    `width`: the number of inputs from the other columns. `least`: the rows a value needs. If there would be
    more than one input per `least` rows, the rarest values lose theirs first.
    """
    every = [counts_of(column.cells) for column in columns]
    worth = [
        column.asked or counts_V[counts_V >= least].sum() > _SHARE * counts_V.sum()
        for column, counts_V in zip(columns, every, strict=True)
    ]
    room = min(rows // least - width, _MOST_CELLS // max(1, rows)) - sum(worth)  # one each: "other"
    competing = [counts_V[counts_V >= least] for counts_V, good in zip(every, worth, strict=True) if good]
    by_rows = np.sort(np.concatenate([*competing, np.zeros(0, np.int64)]))[::-1]
    room = max(0, room)
    over = int(by_rows[room]) if len(by_rows) > room else least - 1  # rows of the first value without one
    tied = room - int((by_rows > over).sum())  # this many values with the same number of rows still get one
    found: list[npt.NDArray[np.bool_] | None] = []
    for column, counts_V, good in zip(columns, every, worth, strict=True):
        common_V = counts_V > over
        if good and over >= least:
            equal = np.flatnonzero(counts_V == over)[:tied]
            common_V[equal] = True
            tied -= len(equal)
        found.append(common_V if good and (column.asked or common_V.any()) else None)
    return found


def in_common(counts_V: npt.NDArray[np.int64], common_V: npt.NDArray[np.bool_]) -> str:
    """How the values of a column share its inputs."""
    own, rest = int(common_V.sum()), counts_V[~common_V]
    if not own:
        return "none occurs in enough rows; all share one input, 'other'"
    least, share = int(counts_V[common_V].min()), float(rest.sum() / max(1, counts_V.sum()))
    return (
        f"the {own:,} most frequent ({least:,} or more rows each) get a 0/1 input each; the other "
        f"{len(rest):,} ({share:.0%} of the rows) share one, 'other'"
    )
