"""Slices: categories and quarters of columns on which the network does worse than on the rest.

Many are looked at, and some look bad by chance. So each is compared with the worst of all slices when the
errors are dealt to the rows at random: the maxT procedure of Westfall and Young, Resampling-Based Multiple
Testing (1993). It takes into account that slices overlap.

Legend: B rows, F inputs, S slices, P permutations.
"""

import numpy as np
import torch
from torch import Tensor

from tui_lab.engine.evaluation.report.bootstrap import many_times
from tui_lab.engine.evaluation.report.column_groups import column_groups
from tui_lab.engine.evaluation.report.columns import Column
from tui_lab.engine.evaluation.report.row_scores import RowScores
from tui_lab.engine.evaluation.report.subject import some_rows
from tui_lab.protocol.evaluation import Slice

_QUARTERS, _FEWEST_ROWS = 4, 5
_MOST_SLICES, _SHOWN = 400, 20
_MOST_ROWS = 100_000
_DRAWS, _MOST_DRAWS = 2_500_000, 40_000_000  # rows times permutations
_CHANCE = 0.05


def slices(rows: RowScores, columns: tuple[Column, ...], x_BF: Tensor) -> tuple[tuple[Slice, ...], int]:
    """The worst slices, worst first, and how many were looked at; of at most 100,000 rows."""
    if len(rows) > _MOST_ROWS:
        places_B = some_rows(len(rows), _MOST_ROWS)
        rows, x_BF = rows.at(places_B), x_BF[places_B]
    found = [
        (column.name, group)
        for column in columns
        for group in column_groups(column, x_BF, _QUARTERS)
        if _FEWEST_ROWS <= len(group.rows_B) < len(rows)
    ][:_MOST_SLICES]
    if not found:
        return (), 0
    member_BS = torch.zeros(len(rows), len(found))
    for place, (_, group) in enumerate(found):
        member_BS[group.rows_B, place] = 1
    wrong_B = rows.wrong
    z_S, p_S = max_t(wrong_B, member_BS)
    whole = _score(rows, wrong_B)
    order = sorted(range(len(found)), key=lambda place: (float(p_S[place]), -float(z_S[place])))
    return tuple(
        Slice(
            column=found[place][0],
            label=found[place][1].label,
            rows=len(found[place][1].rows_B),
            score=_score(rows, wrong_B[found[place][1].rows_B]),
            whole=whole,
            p_value=float(p_S[place]),
            clear=float(p_S[place]) < _CHANCE,
        )
        for place in order[:_SHOWN]
        if float(z_S[place]) > 0
    ), len(found)


def max_t(wrong_B: Tensor, member_BS: Tensor) -> tuple[Tensor, Tensor]:
    """How far the mean of each slice is above that of all rows, in standard errors, and its adjusted p-value.

    The standard error is that of a sample without replacement.
    """
    count, rows_S = len(wrong_B), member_BS.sum(0).double()
    spread = float(wrong_B.std(correction=0))
    if not spread:
        return torch.zeros(len(rows_S)), torch.ones(len(rows_S))
    centred_B = (wrong_B - wrong_B.mean()).numpy() / spread
    error_S = ((count - rows_S) / (rows_S * (count - 1))).sqrt()
    scale_S = 1 / (rows_S * error_S)
    z_S = (torch.from_numpy(centred_B) @ member_BS.double()) * scale_S
    permutations = many_times(count, _DRAWS, _MOST_DRAWS)
    dealt_PB = np.tile(centred_B.astype(np.float32), (permutations, 1))
    np.random.default_rng(0).permuted(dealt_PB, axis=1, out=dealt_PB)
    largest_P = ((torch.from_numpy(dealt_PB) @ member_BS).double() * scale_S).max(1).values
    as_bad_S = (largest_P.unsqueeze(1) >= z_S - 1e-5).sum(0)
    return z_S, (1 + as_bad_S) / (1 + permutations)


def _score(rows: RowScores, wrong_B: Tensor) -> float:
    """Accuracy, or RMSE."""
    mean = float(wrong_B.mean())
    return 1 - mean if rows.classes else mean**0.5
