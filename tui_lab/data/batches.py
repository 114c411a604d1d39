"""The batches of an epoch and the order of its rows.

Legend: N rows of the training split, B rows of a batch.
"""

from collections.abc import Iterable, Sequence

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


def epoch_batches(
    part: Part, sizes: Sequence[int], order: torch.Generator, begin: int = 0
) -> Iterable[tuple[Tensor, Tensor]]:
    """The batches `(x (B, ...), y (B,))` of one epoch in a new random order, from batch `begin` on.

    One gather for the whole epoch, with the batches as views of it; data on disk is read batch by batch.
    `order` is a CPU generator, so that the order is the same on every device.
    """
    rows_N = torch.randperm(len(part), generator=order)
    split = list(sizes)
    on_device_N = rows_N.to(part.y.device)
    answers = torch.split(part.y[on_device_N], split)[begin:]
    if isinstance(part.x, Tensor):
        return list(zip(torch.split(part.x[on_device_N], split)[begin:], answers, strict=True))
    places = [batch.tolist() for batch in torch.split(rows_N, split)[begin:]]
    device = part.y.device
    return ((x.to(device), y) for x, y in zip(part.x.batches(places), answers, strict=True))
