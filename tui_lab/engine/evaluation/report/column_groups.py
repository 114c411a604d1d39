"""The rows of a split by the values of one column: categories, single values, or parts of its range.

Legend: B rows, F inputs.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from tui_lab.engine.evaluation.report.columns import Column, number_text, short


@dataclass(frozen=True, slots=True)
class Group:
    """Rows `rows_B` (their places) whose value is `label`, or from `low` to `high`."""

    label: str
    low: float | None
    high: float | None
    rows_B: Tensor


def column_groups(column: Column, x_BF: Tensor, parts: int) -> list[Group]:
    """A number with more than `parts` different values is cut into as many parts of about as many rows."""
    if column.numeric:
        return value_groups(column.values(x_BF), parts)
    codes_B = column.codes(x_BF)
    return [
        Group(column.label(code), None, None, (codes_B == code).nonzero().squeeze(1))
        for code in range(column.width + 1)
        if bool((codes_B == code).any())
    ]


def value_groups(values_B: Tensor, parts: int) -> list[Group]:
    """The same for values that are no column; equal ones stay together."""
    ordered_B, order = values_B.double().sort(stable=True)
    different = int((ordered_B.diff() > 0).sum()) + 1
    if different <= parts:
        ends = ordered_B.diff().nonzero().squeeze(1) + 1
    else:
        wanted = torch.linspace(0, 1, parts + 1, dtype=torch.double)[1:-1]
        cut_at = quantiles_of(ordered_B, wanted)
        after = torch.searchsorted(ordered_B, cut_at, right=True)
        ends = torch.where(after < len(ordered_B), after, torch.searchsorted(ordered_B, cut_at))
    cuts = sorted({0, *ends.tolist(), len(ordered_B)})
    groups = []
    for first, last in pairwise(cuts):
        low, high = short(float(ordered_B[first])), short(float(ordered_B[last - 1]))
        label = number_text(low) if low == high else f"{number_text(low)} to {number_text(high)}"
        groups.append(Group(label, low, high, order[first:last]))
    return groups


def quantiles_of(ordered_B: Tensor, at: Tensor) -> Tensor:
    """Quantiles of sorted values, interpolated linearly; torch's own refuse more than 16 million."""
    place = at * (len(ordered_B) - 1)
    return torch.lerp(ordered_B[place.floor().long()], ordered_B[place.ceil().long()], place - place.floor())
