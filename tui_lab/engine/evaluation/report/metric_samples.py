"""The metrics of a run, as functions of how often each row counts: once, or as often as in a resample.

Those of counts (accuracy, precision, recall, F1) are computed from the kinds of rows there are, the others
row by row.

Legend: B rows, D kinds of rows, K classes, R resamples, G groups of rows with the same score.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tui_lab.engine.evaluation.report.bootstrap import kind_counts, row_counts
from tui_lab.engine.evaluation.report.row_scores import RowScores

Samples = dict[str, Tensor]
"""The metrics in each resample `(R,)`; the first is of the rows as they are."""
Drawn = Callable[[npt.NDArray[np.int64]], Tensor]
"""From how many rows there are of each kind to how many there are in each resample `(D, R)`."""


def metric_samples(contenders: Sequence[RowScores], names: Sequence[str]) -> list[Samples]:
    """The loss and the metrics `names` of several models on the same rows, all from the same resamples."""
    return _samples(contenders, names, row_counts(len(contenders[0])), kind_counts)


def metric_values(rows: RowScores, names: Sequence[str]) -> dict[str, float]:
    """The loss and the metrics `names` of the rows as they are."""
    none_B0 = torch.zeros(len(rows), 0)
    found = _samples([rows], names, none_B0, lambda rows_D: torch.zeros(len(rows_D), 0, dtype=torch.double))
    return {name: float(samples[0]) for name, samples in found[0].items()}


def _samples(
    contenders: Sequence[RowScores], names: Sequence[str], counts_BR: Tensor, drawn: Drawn
) -> list[Samples]:
    counts_BR = torch.cat((torch.ones(len(counts_BR), 1), counts_BR), 1)
    if not contenders[0].classes:
        every = [_of_numbers(rows, counts_BR) for rows in contenders]
    else:
        every = _of_classes(contenders, drawn)
        for rows, samples in zip(contenders, every, strict=True):
            samples["loss"] = _means(rows.loss_B.unsqueeze(0), counts_BR)[0]
            if rows.binary and "auroc" in names:
                samples["auroc"] = _auroc(rows, counts_BR)
    return [{name: samples[name] for name in ("loss", *names) if name in samples} for samples in every]


def _means(values_CB: Tensor, counts_BR: Tensor) -> Tensor:
    """Means `(C, R)` of several columns; in float64 where the rows count once.

    The product is in float32, for speed. Its columns are divided by powers of two, so that squares of errors
    above 1e19, as of a run that diverged, are finite in it.
    """
    _, power_C1 = values_CB.abs().amax(1, keepdim=True).frexp()
    scaled_CB = torch.ldexp(values_CB, -power_C1).float()
    means_CR = torch.ldexp((scaled_CB @ counts_BR).double() / counts_BR.sum(0), power_C1)
    means_CR[:, 0] = values_CB.mean(1)
    return means_CR


def _of_numbers(rows: RowScores, counts_BR: Tensor) -> Samples:
    error_B, true_B = rows.predicted_B - rows.true_B, rows.true_B - rows.true_B.mean()
    columns = rows.loss_B, error_B.abs(), error_B**2, true_B, true_B**2
    loss, mae, mse, mean, square = _means(torch.stack(columns), counts_BR)
    variance = square - mean**2
    r2 = torch.where(variance > 0, 1 - mse / variance, torch.nan)
    return {"loss": loss, "mae": mae, "rmse": mse.sqrt(), "r2": r2}


def _of_classes(contenders: Sequence[RowScores], drawn: Drawn) -> list[Samples]:
    """What follows from the confusion matrix, for each resample of the kinds of rows."""
    truth = contenders[0].true_B
    told = torch.stack([truth, *(rows.predicted_B for rows in contenders)], 1).numpy()
    kinds_DC, rows_D = np.unique(told, axis=0, return_counts=True)
    counts_DR = torch.cat((torch.from_numpy(rows_D).double().unsqueeze(1), drawn(rows_D)), 1)
    true_D, *predicted = torch.from_numpy(kinds_DC).unbind(1)
    return [
        _of_kinds(true_D, predicted_D, counts_DR, rows)
        for predicted_D, rows in zip(predicted, contenders, strict=True)
    ]


def _of_kinds(true_D: Tensor, predicted_D: Tensor, counts_DR: Tensor, rows: RowScores) -> Samples:
    """As `experiment.metrics` defines them: of the second of two classes, or macro averages."""
    hit_D = true_D == predicted_D
    nothing_KR = counts_DR.new_zeros(rows.classes, counts_DR.shape[1])
    hits_KR = nothing_KR.index_add(0, true_D[hit_D], counts_DR[hit_D])
    true_KR = nothing_KR.index_add(0, true_D, counts_DR)
    said_KR = nothing_KR.index_add(0, predicted_D, counts_DR)
    by_class = {
        "precision": _ratio(hits_KR, said_KR),
        "recall": _ratio(hits_KR, true_KR),
        "f1": _ratio(2 * hits_KR, true_KR + said_KR),
    }
    samples = {"accuracy": hits_KR.sum(0) / true_KR.sum(0)}
    if rows.binary:
        samples["balanced_accuracy"] = by_class["recall"].mean(0)
        return samples | {name: values_KR[1] for name, values_KR in by_class.items()}
    seen_KR = ((true_KR + said_KR) > 0).double()
    return samples | {
        name: (values_KR * seen_KR).sum(0) / seen_KR.sum(0) for name, values_KR in by_class.items()
    }


def _ratio(part: Tensor, whole: Tensor) -> Tensor:
    """`part / whole`, or 0 where `whole` is 0."""
    return torch.where(whole > 0, part / whole.clamp(min=1), 0)


def _auroc(rows: RowScores, counts_BR: Tensor) -> Tensor:
    """The area under the ROC curve: how often a positive row scores above a negative one (ties: half)."""
    ordered_B, order = rows.margin.sort()
    _, group_B = torch.unique_consecutive(ordered_B, return_inverse=True)
    groups = int(group_B[-1]) + 1
    if groups == 1:
        return torch.full((counts_BR.shape[1],), 0.5, dtype=torch.double)
    positive_B1 = (rows.true_B[order] == 1).unsqueeze(1)
    areas = []
    for part_BR in torch.split(counts_BR, 64, 1):  # so that the columns stay in the cache
        counts = part_BR[order]
        positive, negative = counts * positive_B1, counts * ~positive_B1
        if groups < len(order):
            zeros = counts.new_zeros(groups, counts.shape[1])
            positive, negative = (zeros.index_add(0, group_B, one) for one in (positive, negative))
        below = negative.cumsum(0) - negative / 2
        pairs = (positive.sum(0).double() * negative.sum(0)).clamp(min=0)
        areas.append(torch.where(pairs > 0, (positive.double() * below).sum(0) / pairs, torch.nan))
    return torch.cat(areas)
