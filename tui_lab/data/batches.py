"""How an epoch is cut into batches, and in which order its rows come.

Legend: N rows of the training split, B rows of a batch.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from tui_lab.data.dataset import Part


def batch_sizes(rows: int, batch_size: int, *, no_single: bool) -> list[int]:
    """The sizes of the batches of an epoch; the last one may be smaller.

    With `no_single` a last batch of one row joins the batch before it: batch norm cannot learn from one.
    """
    full, rest = divmod(rows, batch_size)
    sizes = [batch_size] * full + [rest] * (rest > 0)
    if no_single and len(sizes) > 1 and sizes[-1] == 1:
        sizes[-2:] = [sizes[-2] + 1]
    return sizes


def epoch_batches(part: Part, sizes: Sequence[int], order: torch.Generator) -> list[tuple[Tensor, Tensor]]:
    """The batches `(x (B, ...), y (B,))` of one epoch in a fresh random order.

    One gather for the whole epoch; the batches are views of it. `order` is a generator of the CPU, so
    that the order is the same on every device.
    """
    rows_N = torch.randperm(len(part), generator=order).to(part.y.device)
    split = list(sizes)
    return list(zip(torch.split(part.x[rows_N], split), torch.split(part.y[rows_N], split), strict=True))
