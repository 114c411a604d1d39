"""The worst errors, and the training rows that are most like them.

Legend: B rows, F inputs or activations.
"""

from collections.abc import Callable
from functools import partial
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


def worst(
    found: Tensor,
    features_BF: Tensor,
    training_BF: Tensor,
    examples: Examples,
    place_of: Callable[[int], int] | None = None,
    unseen_BN: Tensor | None = None,
) -> tuple[Worst, ...]:
    """Beside each row of `found` the nearest of the training rows; `features_BF` are of the rows of `found`.

    `place_of`: the place of a training row among the examples, if those rows are not of the training split;
    `unseen_BN`: which of them (N rows) the network that predicted a row of `found` was not trained on.
    """
    places = [examples.place(row) for row in found.tolist()]
    place_of = place_of or partial(examples.place, split="train")
    if not places or not prod(training_BF.shape):
        return tuple(Worst(place, (), ()) for place in places)
    mean_F, std_F = training_BF.mean(0), training_BF.std(0, correction=0)
    scale_F = torch.where(std_F > 0, std_F, 1)
    apart = torch.cdist((features_BF - mean_F) / scale_F, (training_BF - mean_F) / scale_F)
    if unseen_BN is not None:
        apart = apart.masked_fill(unseen_BN, torch.inf)
    near = apart.topk(min(SIMILAR, len(training_BF)), largest=False)
    return tuple(
        Worst(
            place,
            tuple(
                place_of(row) for row, distance in zip(rows, distances, strict=True) if distance != torch.inf
            ),
            tuple(round(distance, _DIGITS) for distance in distances if distance != torch.inf),
        )
        for place, rows, distances in zip(places, near.indices.tolist(), near.values.tolist(), strict=True)
    )
