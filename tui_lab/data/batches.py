"""The batches of an epoch and the order of its rows.

Legend: N rows of the training split, B rows of a batch.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

import torch
from torch import Tensor

from tui_lab.data.dataset import Part


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
    """The batches of an epoch that were not trained with yet, in order."""

    together = False
    """Whether several can be taken at once."""

    def __init__(self, batches: Iterable[Batch], count: int) -> None:
        self._batches, self.left = iter(batches), count

    def take(self) -> Batch:
        """The next batch."""
        self.left -= 1
        return next(self._batches)

    def take_together(self, count: int) -> Batch:
        """The rows of the next `count` batches, one after the other, where they are `together`."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Batch]:
        while self.left:
            yield self.take()


class GatheredBatches(EpochBatches):
    """Batches as views of one gather for the whole epoch: rows `x (N, ...)` with targets `y (N,)`."""

    together = True

    def __init__(self, x: Tensor, y_N: Tensor, sizes: Sequence[int], begin: int) -> None:
        """`begin`: the first batch to take."""
        split = list(sizes)
        self._pairs = list(zip(torch.split(x, split), torch.split(y_N, split), strict=True))
        self._x, self._y_N, self._ends = x, y_N, list(accumulate(split, initial=0))
        self.left = len(split) - begin

    def take(self) -> Batch:
        self.left -= 1
        return self._pairs[-self.left - 1]

    def take_together(self, count: int) -> Batch:
        self.left -= count
        last = len(self._pairs) - self.left
        rows = slice(self._ends[last - count], self._ends[last])
        return self._x[rows], self._y_N[rows]


def epoch_batches(part: Part, sizes: Sequence[int], order: torch.Generator, begin: int = 0) -> EpochBatches:
    """The batches of one epoch in a new random order, from batch `begin` on.

    One gather for the whole epoch; data on disk is read batch by batch. `order` is a CPU generator, so that
    the order is the same on every device.
    """
    rows_N = torch.randperm(len(part), generator=order)
    y_N = part.y[rows_N.to(part.y.device)]
    if isinstance(part.x, Tensor):
        return GatheredBatches(part.x[rows_N.to(part.x.device)], y_N, sizes, begin)
    split = list(sizes)
    places = [batch.tolist() for batch in torch.split(rows_N, split)[begin:]]
    read = (x.to(part.y.device) for x in part.x.batches(places))
    return EpochBatches(zip(read, torch.split(y_N, split)[begin:], strict=True), len(places))
