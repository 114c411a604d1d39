"""Precision, recall and F1 of each class, their averages, and the confusion matrix.

Legend: B rows, K classes.
"""

import torch
from torch import Tensor

from tui_lab.engine.evaluation.report.curves import areas
from tui_lab.engine.evaluation.report.examples import Examples
from tui_lab.engine.evaluation.report.row_scores import RowScores
from tui_lab.protocol.class_evaluation import Average, ClassScore, Confusion

_MOST_SHOWN = 40
_MOST_AREAS = 100  # classes; a sort of all rows for each takes a millisecond
_MOST_OF_CELL, _MOST_EXAMPLES = 12, 180


def class_scores(rows: RowScores) -> tuple[tuple[ClassScore, ...], tuple[Average, ...]]:
    """Each class against the rest, and the averages."""
    counts_KK = confusion_counts(rows)
    hits, support, said = counts_KK.diagonal(), counts_KK.sum(1), counts_KK.sum(0)
    precision, recall, f1 = _share(hits, said), _share(hits, support), _share(2 * hits, support + said)
    scores = []
    defined = torch.stack((said > 0, support > 0, (support + said) > 0))
    three = torch.where(defined, torch.stack((precision, recall, f1)), torch.nan)
    for k in range(rows.classes):
        auroc, average = areas(rows, k) if rows.classes <= _MOST_AREAS else (None, None)
        own = [float(one[k]) if known[k] else None for one, known in zip(three, defined, strict=True)]
        scores.append(ClassScore(own[0], own[1], own[2], int(support[k]), int(said[k]), auroc, average))
    accuracy = float(hits.sum()) / len(rows)
    macro = three.nanmean(1).tolist()
    weighted = (three * support).nansum(1) / (defined * support).sum(1)
    return tuple(scores), (
        Average("micro", accuracy, accuracy, accuracy),
        Average("macro", *macro),
        Average("weighted", *weighted.tolist()),
    )


def confusion_counts(rows: RowScores) -> Tensor:
    """Rows of each true class (first index) by predicted class; int64 `(K, K)`."""
    classes = rows.classes
    cell_B = rows.true_B * classes + rows.predicted_B
    return torch.bincount(cell_B, minlength=classes**2).view(classes, classes)


def confusion(rows: RowScores, examples: Examples) -> Confusion:
    """The matrix, with wrong rows of each cell, those with the highest loss first."""
    counts_KK, classes = confusion_counts(rows), rows.classes
    place_K, shown = torch.arange(classes), list(range(classes))
    if classes > _MOST_SHOWN:
        wrong_K = counts_KK.sum(0) + counts_KK.sum(1) - 2 * counts_KK.diagonal()
        most = wrong_K.argsort(descending=True, stable=True)[: _MOST_SHOWN - 1]
        shown = sorted(most.tolist())
        place_K = torch.full((classes,), len(shown))
        place_K[shown] = torch.arange(len(shown))
    sides = len(shown) + (classes > _MOST_SHOWN)
    cell_B = place_K[rows.true_B] * sides + place_K[rows.predicted_B]
    counts = torch.bincount(cell_B, minlength=sides**2).view(sides, sides)
    wrong = rows.wrong.nonzero().squeeze(1)
    worst_first = wrong[rows.loss_B[wrong].argsort(descending=True, stable=True)]
    of_cell: dict[int, list[int]] = {}
    for row, cell in zip(worst_first.tolist(), cell_B[worst_first].tolist(), strict=True):
        of_cell.setdefault(cell, []).append(row)
    most_of_cell = max(1, min(_MOST_OF_CELL, _MOST_EXAMPLES // max(1, len(of_cell))))
    chosen = sorted(of_cell.items(), key=lambda cell: -len(cell[1]))[:_MOST_EXAMPLES]
    return Confusion(
        classes=tuple(shown),
        others=classes > _MOST_SHOWN,
        counts=tuple(map(tuple, counts.tolist())),
        examples={
            f"{cell // sides},{cell % sides}": tuple(examples.place(row) for row in its[:most_of_cell])
            for cell, its in chosen
        },
    )


def _share(part: Tensor, whole: Tensor) -> Tensor:
    """`part / whole`, or 0 where `whole` is 0."""
    return torch.where(whole > 0, part.double() / whole.clamp(min=1), 0)
