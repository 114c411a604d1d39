"""Two splits as one, and some of its rows.

Legend: N rows, B some of them.
"""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tui_lab.data.dataset import Part
from tui_lab.data.off_device import OffDevice


def pooled(first: Part, second: Part) -> Part:
    """The rows of one split, then those of another of the same data."""
    if isinstance(first.x, OffDevice) and isinstance(second.x, OffDevice):
        x: Tensor | OffDevice = first.x.followed_by(second.x)
    else:
        x = torch.cat([part.take(torch.arange(len(part))) for part in (first, second)])
    numbers = first.numbers_B, second.numbers_B
    numbers_N = None if numbers[0] is None or numbers[1] is None else np.concatenate((numbers[0], numbers[1]))
    return replace(
        first, x=x, y=torch.cat((first.y, second.y)), numbers_B=numbers_N, names=first.names + second.names
    )


def only(part: Part, rows_B: Tensor) -> Part:
    """Some rows without names; data that are not kept on the device stay where they are."""
    x = part.x.only(rows_B) if isinstance(part.x, OffDevice) else part.take(rows_B)
    return replace(part, x=x, y=part.y[rows_B.to(part.y.device)], numbers_B=None, names=())
