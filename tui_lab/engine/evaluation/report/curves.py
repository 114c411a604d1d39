"""ROC and precision-recall curves of a class against the rest, and the thresholds of a binary task.

Legend: B rows, N thresholds.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tui_lab.engine.evaluation.report.row_scores import RowScores
from tui_lab.experiment.counts import ratio
from tui_lab.protocol.class_evaluation import ClassCurve, Threshold

MOST_POINTS = 200
_MOST_CURVES = 20
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class _Exact:
    """Counts of positives at each threshold, from the highest: rows with a probability of at least it."""

    thresholds_N: Tensor
    tp_N: Tensor
    fp_N: Tensor

    @property
    def auroc(self) -> float:
        """By trapezoids: a positive ranks above a negative, ties count half."""
        return float(torch.trapezoid(self.tp_N, self.fp_N) / (self.tp_N[-1] * self.fp_N[-1]))

    @property
    def average_precision(self) -> float:
        steps_N = self.tp_N.diff()
        precision_N = self.tp_N[1:] / (self.tp_N[1:] + self.fp_N[1:])
        return float((steps_N * precision_N).sum() / self.tp_N[-1])


def areas(rows: RowScores, k: int) -> tuple[float | None, float | None]:
    """The areas under both curves of class `k`; None if all rows are of it, or none."""
    exact = _exact(rows, k)
    return (exact.auroc, exact.average_precision) if exact else (None, None)


def class_curves(rows: RowScores) -> tuple[ClassCurve, ...]:
    """Of the second of two classes, or of each; of the 20 with most rows if there are more."""
    counts_K = torch.bincount(rows.true_B, minlength=rows.classes)
    most = sorted(counts_K.argsort(descending=True, stable=True)[:_MOST_CURVES].tolist())
    chosen = [1] if rows.binary else most
    return tuple(_curve(k, exact) for k in chosen if (exact := _exact(rows, k)) is not None)


def threshold_table(rows: RowScores) -> tuple[Threshold, ...]:
    """Counts at 0, 0.01, ... and at quantiles of the probabilities, at most 200 thresholds."""
    chance_B = rows.chance_BK[:, 1]
    quantiles = torch.quantile(
        chance_B[:: max(1, len(rows) // 100_000)], torch.linspace(0.01, 0.99, 99).double()
    )
    even = np.arange(100) / 100
    chosen = np.unique(np.concatenate([even, quantiles.numpy().round(_DIGITS)]))
    above = [
        len(side) - torch.searchsorted(side, torch.from_numpy(chosen), right=True)
        for side in (chance_B[rows.true_B == k].sort().values for k in (1, 0))
    ]
    positives = int((rows.true_B == 1).sum())
    negatives = len(rows) - positives
    return tuple(
        Threshold(
            threshold=threshold,
            tp=tp,
            fp=fp,
            fn=positives - tp,
            tn=negatives - fp,
            precision=ratio(tp, tp + fp),
            recall=ratio(tp, positives),
            f1=ratio(2 * tp, tp + fp + positives),
        )
        for threshold, tp, fp in zip(chosen.tolist(), *(side.tolist() for side in above), strict=True)
    )


def _exact(rows: RowScores, k: int) -> _Exact | None:
    """All thresholds; in the order of the logits, which tells probabilities near 1 apart."""
    positive_B = rows.true_B == k
    if not 0 < int(positive_B.sum()) < len(rows):
        return None
    score_B = rows.margin if rows.binary and k == 1 else rows.chance_BK[:, k]
    ordered_B, order = score_B.sort(descending=True, stable=True)
    last_N = torch.cat((ordered_B.diff().nonzero().squeeze(1), torch.tensor([len(rows) - 1])))
    tp_N = positive_B[order].double().cumsum(0)[last_N]
    fp_N = last_N + 1 - tp_N
    start = torch.zeros(1, dtype=torch.double)
    thresholds_N = rows.chance_BK[order[last_N], k]
    return _Exact(torch.cat((1 + start, thresholds_N)), torch.cat((start, tp_N)), torch.cat((start, fp_N)))


def _curve(k: int, exact: _Exact) -> ClassCurve:
    """Points at even distances along the ROC curve."""
    recall_N, false_N = exact.tp_N / exact.tp_N[-1], exact.fp_N / exact.fp_N[-1]
    kept = torch.arange(len(recall_N))
    if len(recall_N) > MOST_POINTS:
        way_N = recall_N + false_N
        wanted = torch.linspace(0, 2, MOST_POINTS, dtype=torch.double)
        places = torch.searchsorted(way_N, wanted).clamp(max=len(way_N) - 1)
        kept = torch.tensor(sorted(set(places.tolist())))
    said_N = exact.tp_N + exact.fp_N
    precision_N = torch.where(said_N > 0, exact.tp_N / said_N.clamp(min=1), 1)

    def rounded(values_N: Tensor) -> tuple[float, ...]:
        return tuple(round(value, _DIGITS) for value in values_N[kept].tolist())

    return ClassCurve(
        of_class=k,
        thresholds=rounded(exact.thresholds_N),
        false_positive_rate=rounded(false_N),
        recall=rounded(recall_N),
        precision=rounded(precision_N),
        auroc=exact.auroc,
        average_precision=exact.average_precision,
    )
