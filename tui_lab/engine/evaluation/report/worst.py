"""The worst errors, and the training rows that are most like them.

Legend: B rows, F inputs or activations.
"""

from math import prod

import torch
from torch import Tensor

from tui_lab.engine.evaluation.report.examples import Examples
from tui_lab.engine.evaluation.report.row_scores import RowScores
from tui_lab.protocol.evaluation import Worst

MOST, SIMILAR = 50, 3
_DIGITS = 6


def worst_rows(rows: RowScores) -> Tensor:
    """The rows with the highest loss, at most 50, worst first; of classes only those that are wrong."""
    order = rows.loss_B.argsort(descending=True, stable=True)
    return order[rows.wrong[order] > 0][:MOST]


def worst(found: Tensor, features_BF: Tensor, training_BF: Tensor, examples: Examples) -> tuple[Worst, ...]:
    """Beside each row of `found` the nearest rows of the training split; `features_BF` are of these rows."""
    places = [examples.place(row) for row in found.tolist()]
    if not places or not prod(training_BF.shape):
        return tuple(Worst(place, (), ()) for place in places)
    mean_F, std_F = training_BF.mean(0), training_BF.std(0, correction=0)
    scale_F = torch.where(std_F > 0, std_F, 1)
    apart = torch.cdist((features_BF - mean_F) / scale_F, (training_BF - mean_F) / scale_F)
    near = apart.topk(min(SIMILAR, len(training_BF)), largest=False)
    return tuple(
        Worst(
            place,
            tuple(examples.place(row, "train") for row in rows),
            tuple(round(distance, _DIGITS) for distance in distances),
        )
        for place, rows, distances in zip(places, near.indices.tolist(), near.values.tolist(), strict=True)
    )
