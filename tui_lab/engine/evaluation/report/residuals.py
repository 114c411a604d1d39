"""Errors of a regression: predicted against true, and residuals by prediction and by column.

Legend: B rows, F inputs.
"""

import torch
from torch import Tensor

from tui_lab.engine.evaluation.report.bootstrap import interval, row_counts
from tui_lab.engine.evaluation.report.column_groups import Group, column_groups, quantiles_of, value_groups
from tui_lab.engine.evaluation.report.columns import Column, short
from tui_lab.engine.evaluation.report.row_scores import RowScores
from tui_lab.engine.evaluation.report.subject import some_rows
from tui_lab.protocol.evaluation import ColumnResiduals, ResidualBin, Residuals

MOST_POINTS = 500
PERCENTS, ABSOLUTE = (0, 1, 5, 25, 50, 75, 95, 99, 100), (50, 75, 90, 95, 99, 100)
_OF_BIN = (5, 25, 50, 75, 95)
_MOST_BINS, _FEWEST_BINS, _BIN_ROWS, _MOST_COLUMNS = 10, 3, 10, 12


def residuals(rows: RowScores, columns: tuple[Column, ...], x_BF: Tensor | None) -> Residuals:
    """From the predictions; `x_BF`: the inputs that `columns` are about."""
    left_B = rows.true_B - rows.predicted_B
    points = torch.stack((rows.true_B, rows.predicted_B), 1)[some_rows(len(rows), MOST_POINTS)]
    counts_BR = row_counts(len(rows))
    bins = max(_FEWEST_BINS, min(_MOST_BINS, len(rows) // _BIN_ROWS))
    means_R = (left_B.float() @ counts_BR).double() / counts_BR.sum(0)
    return Residuals(
        points=tuple((short(true), short(said)) for true, said in points.tolist()),
        mean=interval(float(left_B.mean()), means_R),
        by_prediction=_bins(left_B, value_groups(rows.predicted_B, bins)),
        by_column=() if x_BF is None else _by_column(left_B, columns, x_BF, bins),
        quantiles=percents(left_B, PERCENTS),
        absolute_quantiles=percents(left_B.abs(), ABSOLUTE),
        true_quantiles=percents(rows.true_B, PERCENTS),
        predicted_quantiles=percents(rows.predicted_B, PERCENTS),
    )


def percents(values_B: Tensor, at: tuple[int, ...]) -> dict[int, float]:
    """Percentiles, interpolated linearly."""
    share = torch.tensor(at, dtype=torch.double) / 100
    return dict(zip(at, quantiles_of(values_B.sort().values, share).tolist(), strict=True))


def _bins(left_B: Tensor, groups: list[Group]) -> tuple[ResidualBin, ...]:
    found = []
    for group in groups:
        own_B = left_B[group.rows_B]
        five, quarter, half, three, most = percents(own_B, _OF_BIN).values()
        numbers = (five, quarter, half, three, most)
        found.append(
            ResidualBin(group.label, group.low, group.high, len(own_B), float(own_B.mean()), numbers)
        )
    return tuple(found)


def _by_column(
    left_B: Tensor, columns: tuple[Column, ...], x_BF: Tensor, bins: int
) -> tuple[ColumnResiduals, ...]:
    """Those whose groups explain most of the residuals, most first."""
    ranked = []
    for place, column in enumerate(columns):
        groups = column_groups(column, x_BF, bins)
        ranked.append((-explained(left_B, groups), place, groups))
    return tuple(
        ColumnResiduals(columns[place].name, -share, _bins(left_B, groups))
        for share, place, groups in sorted(ranked, key=lambda item: item[:2])[:_MOST_COLUMNS]
    )


def explained(values_B: Tensor, groups: list[Group]) -> float:
    """Epsilon squared: `(between - (groups - 1) * mean square within) / total` sums of squares."""
    within, total = 0.0, float(((values_B - values_B.mean()) ** 2).sum())
    for group in groups:
        own_B = values_B[group.rows_B]
        within += float(((own_B - own_B.mean()) ** 2).sum())
    free = len(values_B) - len(groups)
    if not total or free <= 0:
        return 0.0
    return (total - within - (len(groups) - 1) * within / free) / total
