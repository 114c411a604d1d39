"""The batches of an epoch and the order of its rows.

Legend: N rows of the training split, B rows of a batch, R rows of it that are read.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from functools import cached_property
from itertools import accumulate

import torch
from torch import Tensor

from tui_lab.data.dataset import Part
from tui_lab.experiment.network.memory import GATHERED_BYTES


def batch_sizes(rows: int, batch_size: int, *, no_single: bool) -> list[int]:
    """The sizes of the batches of an epoch; the last one may be smaller.

    With `no_single` a last batch of one row joins the batch before it: batch norm cannot train on one.
    """
    full, rest = divmod(rows, batch_size)
    sizes = [batch_size] * full + [rest] * (rest > 0)
    if no_single and len(sizes) > 1 and sizes[-1] == 1:
        sizes[-2:] = [sizes[-2] + 1]
    return sizes


def grouped(sizes: Sequence[int], count: int) -> list[int]:
    """The rows of `count` batches at a time; the last group may have fewer batches."""
    return [sum(sizes[first : first + count]) for first in range(0, len(sizes), count)]


Batch = tuple[Tensor, Tensor]
"""Inputs `(B, ...)` as stored, and targets `(B,)`."""


class EpochBatches:
    """The batches of an epoch that were not trained with yet, in order.

    To be closed: data that are not on the device are read by threads.
    """

    together = False
    """Whether several can be taken at once."""

    def __init__(self, batches: Generator[Batch], count: int) -> None:
        self._batches, self.left = batches, count
        self._peeked: Batch | None = None

    def peek(self) -> Batch:
        """The next batch, which stays the next one."""
        if self._peeked is None:
            self._peeked = next(self._batches)
        return self._peeked

    def take(self) -> Batch:
        """The next batch."""
        self.left -= 1
        if self._peeked is None:
            return next(self._batches)
        batch, self._peeked = self._peeked, None
        return batch

    def take_together(self, count: int) -> Batch:
        """The rows of the next `count` batches, one after the other, where they are `together`."""
        raise NotImplementedError

    def close(self) -> None:
        """End the reading."""
        self._batches.close()

    def __iter__(self) -> Iterator[Batch]:
        while self.left:
            yield self.take()


class GatheredBatches(EpochBatches):
    """Batches as views of one gather for the whole epoch: rows `x (N, ...)` with targets `y (N,)`."""

    together = True

    def __init__(self, x: Tensor, y_N: Tensor, sizes: Sequence[int], begin: int) -> None:
        """`begin`: the first batch to take."""
        self._x, self._y_N, self._sizes = x, y_N, list(sizes)
        self._ends = list(accumulate(sizes, initial=0))
        self.left = len(sizes) - begin

    @cached_property
    def _pairs(self) -> list[Batch]:
        """Each batch; made when one is asked for: where they are taken together, it never is."""
        x, y_N = (torch.split(rows, self._sizes) for rows in (self._x, self._y_N))
        return list(zip(x, y_N, strict=True))

    def peek(self) -> Batch:
        return self._pairs[-self.left]

    def take(self) -> Batch:
        self.left -= 1
        return self._pairs[-self.left - 1]

    def close(self) -> None:
        """Nothing is being read."""

    def take_together(self, count: int) -> Batch:
        self.left -= count
        if count == len(self._sizes):
            return self._x, self._y_N
        last = len(self._sizes) - self.left
        rows = slice(self._ends[last - count], self._ends[last])
        return self._x[rows], self._y_N[rows]


def epoch_batches(
    part: Part,
    sizes: Sequence[int],
    order: torch.Generator,
    begin: int = 0,
    read: Callable[[int], Tensor] | None = None,
) -> EpochBatches:
    """The batches of one epoch in a new random order, from batch `begin` on; to be closed.

    `order` is a CPU generator, so that the order is the same on every device. Numbers come from one gather,
    also after a resume: rounding may depend on where in memory a batch begins. Pixels are converted first.
    `read`: of data that are not on the device, which rows of so many to read; inputs are then `(R, ...)`.
    """
    rows_N = torch.randperm(len(part), generator=order)
    there_N = rows_N.to(part.y.device)
    y_N = part.y.index_select(0, there_N)
    if isinstance(part.x, Tensor) and (part.scale is None or part.x.nbytes <= GATHERED_BYTES):
        return GatheredBatches(part.x.index_select(0, there_N), y_N, sizes, begin)
    split = list(sizes)
    places = torch.split(rows_N, split)[begin:]
    if isinstance(part.x, Tensor):
        inputs = _in_pieces(part.x, places)
    else:
        inputs = part.x.batches(places if read is None else [rows_B[read(len(rows_B))] for rows_B in places])
    return EpochBatches(_paired(inputs, torch.split(y_N, split)[begin:]), len(places))


def _paired(inputs: Generator[Tensor], targets: Sequence[Tensor]) -> Generator[Batch]:
    with closing(inputs):
        yield from zip(inputs, targets, strict=True)


def _in_pieces(x_N: Tensor, places: Sequence[Tensor]) -> Generator[Tensor]:
    """The batches of rows, several in one gather: there may be no memory for a second copy of all."""
    rows = GATHERED_BYTES // x_N[:1].nbytes
    count = max(1, rows // max(map(len, places), default=1))
    for first in range(0, len(places), count):
        group = list(places[first : first + count])
        gathered_N = x_N.index_select(0, torch.cat(group).to(x_N.device))
        yield from torch.split(gathered_N, [len(batch) for batch in group])
