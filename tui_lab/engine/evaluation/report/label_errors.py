"""Confident learning: which labels are probably wrong, from probabilities that did not see them.

Northcutt, Jiang, Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels, Journal of Artificial
Intelligence Research 70 (2021), equations 1 and 2.

Legend: N rows, K classes.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Ranking = Literal["margin", "self_confidence"]


@dataclass(frozen=True, slots=True)
class ConfidentJoint:
    """`joint_KK[i][j]`: how many rows labelled `i` are confidently of class `j`.

    `likely_N`: that class of each row; -1 of a row that is confidently of none, which is not counted.
    `thresholds_K`: from which probability on a row is confidently of a class; infinite without rows of it.
    """

    thresholds_K: Tensor
    likely_N: Tensor
    joint_KK: Tensor


def confident_joint(chance_NK: Tensor, given_N: Tensor) -> ConfidentJoint:
    """The confident joint of given and likely labels.

    `chance_NK`: probabilities of each class, predicted out of fold; `given_N`: class numbers, int64. The
    threshold of class j is the mean self-confidence of its rows, ``t_j = mean of p(j; x) over x labelled j``
    (equation 2). A row labelled i counts for class j if ``p(j; x) >= t_j``, and if several classes reach
    their thresholds, for the most probable of them (equation 1).
    """
    chance_NK, classes = chance_NK.double(), chance_NK.shape[1]
    own_N = chance_NK.gather(1, given_N.unsqueeze(1)).squeeze(1)
    rows_K = torch.bincount(given_N, minlength=classes)
    sums_K = torch.zeros(classes, dtype=torch.float64).index_add_(0, given_N, own_N)
    thresholds_K = torch.where(rows_K > 0, sums_K / rows_K, torch.inf)
    confident_NK = chance_NK >= thresholds_K
    likely_N = torch.where(confident_NK, chance_NK, -1.0).argmax(1)
    likely_N[~confident_NK.any(1)] = -1
    counted = likely_N >= 0
    cells_N = given_N[counted] * classes + likely_N[counted]
    joint_KK = torch.bincount(cells_N, minlength=classes * classes).reshape(classes, classes)
    return ConfidentJoint(thresholds_K, likely_N, joint_KK)


def flagged_rows(chance_NK: Tensor, given_N: Tensor, likely_N: Tensor, by: Ranking = "margin") -> Tensor:
    """The rows off the diagonal of the confident joint, those most probably wrong first.

    `by`: the normalised margin ``p(given; x) - max over k != given of p(k; x)``, or the self-confidence
    ``p(given; x)``; both lowest first, equal ones in the order of the rows.
    """
    places = ((likely_N >= 0) & (likely_N != given_N)).nonzero().view(-1)
    chance_BK, given_B = chance_NK[places].double(), given_N[places].unsqueeze(1)
    score_B = chance_BK.gather(1, given_B).squeeze(1)
    if by == "margin":
        score_B = score_B - chance_BK.scatter(1, given_B, -torch.inf).amax(1)
    return places[score_B.argsort(stable=True)]
