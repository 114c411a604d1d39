"""A curve, and thinning it to what a terminal can show."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal, NamedTuple

from tui_lab.tui.chart.curves.axes import Limits

Role = Literal[
    "train", "val", "step", "raw", "gone",
    "run1", "run2", "run3", "run4", "run5", "run6", "run7", "run8",
]  # fmt: skip
"""What a curve is. `step`: a value of each step, such as the learning rate; `raw`: single steps, or the
unsmoothed values of a smoothed line, behind all others; `gone`: what an undo discarded, or the parent of a
fork; `run1` and up: runs being compared."""
RUNS: tuple[Role, ...] = ("run1", "run2", "run3", "run4", "run5", "run6", "run7", "run8")


@dataclass(frozen=True, slots=True)
class Series:
    """A curve. Its sequences are never copied or modified, so creating one is cheap."""

    label: str
    """Name in the legend; may come from outside, so it is made safe when drawn."""
    x: Sequence[float]
    """Steps, epochs or seconds: finite and non-decreasing."""
    y: Sequence[float]
    """A value for each x; NaN or infinity leaves a gap."""
    role: Role = "train"
    fits: bool = True
    """Whether the axes are fitted to it; not for discarded parts."""


class Piece(NamedTuple):
    """Points to be connected by a line."""

    x: list[float]
    y: list[float]


@dataclass(frozen=True, slots=True)
class Thinned:
    """A curve after `decimate`."""

    pieces: list[Piece]
    """Split where values are missing."""
    hidden: int = 0
    """The number of finite points that a log axis cannot show, being zero or less."""


def decimate(
    x: Sequence[float],
    y: Sequence[float],
    columns: int,
    limits: Limits | None = None,
    *,
    log_x: bool = False,
    log_y: bool = False,
) -> Thinned:
    """Keep at most two points per column, the lowest and the highest, in the order of x.

    `columns` divide `limits` (by default all of x) evenly, on a log scale if `log_x`. The neighbours just
    outside `limits` are kept, so that lines run to the edge. If there are at most two points per column,
    all are kept; otherwise a column with a missing value keeps its extremes and ends a piece. 100,000
    points take 6 ms, a million 60.
    """
    total = min(len(x), len(y))
    if total == 0 or columns < 1:
        return Thinned([])
    low, high = limits or (x[0], x[total - 1])
    start, stop = bisect_left(x, low, 0, total), bisect_right(x, high, 0, total)
    before, after = start - 1, stop
    if stop - start <= 2 * columns and not log_x:  # all are kept
        span = slice(max(0, before), after + 1)
        values = y[span]
        if isfinite(sum(values)) and not (log_y and min(values) <= 0):
            return Thinned([Piece([*x[span]][: len(values)], [*values])])
    chunks = _chunks(x, start, stop, _edges(low, high, columns, log_x), columns)
    if before >= 0 and not (log_x and x[before] <= 0):
        chunks.insert(0, (before, start))
    if after < total:
        chunks.append((after, after + 1))

    some = y[chunks[0][0] : chunks[-1][1]] if chunks else ()
    if some and isfinite(sum(some)) and not (log_y and min(some) <= 0):
        return Thinned([_extremes(x, y, chunks)])
    thinning = _Thinning(x, y, log_y)
    for first, last in chunks:
        thinning.take(first, last)
    return Thinned(thinning.pieces, thinning.hidden)


def _extremes(x: Sequence[float], y: Sequence[float], chunks: list[tuple[int, int]]) -> Piece:
    """The lowest and the highest point of each chunk, all of which can be shown."""
    piece = Piece([], [])
    for first, last in chunks:
        values = y[first:last]
        i, j = first + values.index(min(values)), first + values.index(max(values))
        for k in (i,) if i == j else (i, j) if i < j else (j, i):
            piece.x.append(x[k])
            piece.y.append(y[k])
    return piece


def _chunks(
    x: Sequence[float], start: int, stop: int, edges: Iterator[float], columns: int
) -> list[tuple[int, int]]:
    """The slice of points in each column; if there are few points, one slice for each point."""
    if stop - start <= 2 * columns:
        return [(i, i + 1) for i in range(start, stop)]
    found = []
    first = start
    for edge in edges:
        last = bisect_left(x, edge, first, stop)
        if last > first:
            found.append((first, last))
        first = last
    if stop > first:
        found.append((first, stop))
    return found


def _edges(low: float, high: float, columns: int, log: bool) -> Iterator[float]:
    """The right edge of every column but the last."""
    if log and low > 0:
        return (low * (high / low) ** (k / columns) for k in range(1, columns))
    return (low + (high - low) * (k / columns) for k in range(1, columns))


class _Thinning:
    """Collects the extremes of successive chunks into pieces."""

    def __init__(self, x: Sequence[float], y: Sequence[float], positive: bool) -> None:
        self.x, self.y = x, y
        self.positive = positive
        self.pieces: list[Piece] = []
        self.hidden = 0
        self.open = False

    def take(self, first: int, last: int) -> None:
        """Add the points from `first` up to `last`. Their sum shows whether all are finite."""
        values = self.y[first:last]
        low = min(values)
        if isfinite(sum(values)) and not (self.positive and low <= 0):
            self._keep(first + values.index(low), first + values.index(max(values)))
            return
        finite = [i for i in range(first, last) if isfinite(self.y[i])]
        shown = [i for i in finite if self.y[i] > 0] if self.positive else finite
        self.hidden += len(finite) - len(shown)
        if shown:
            self._keep(min(shown, key=self.y.__getitem__), max(shown, key=self.y.__getitem__))
        if len(shown) < last - first:
            self.open = False

    def _keep(self, i: int, j: int) -> None:
        if not self.open:
            self.pieces.append(Piece([], []))
            self.open = True
        piece = self.pieces[-1]
        for k in (i,) if i == j else (min(i, j), max(i, j)):
            piece.x.append(self.x[k])
            piece.y.append(self.y[k])
