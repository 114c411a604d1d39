"""What many metrics follow from, as plain numbers: the errors of a split, or the counts of its classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Protocol


def ratio(part: float, whole: float) -> float:
    """`part / whole`, or 0 if `whole` is 0, as in torchmetrics."""
    return part / whole if whole else 0.0


class Counts(Protocol):
    """What a task counts; `class_recall` is NaN for an absent class, and empty without classes."""

    @property
    def class_recall(self) -> tuple[float, ...]: ...


@dataclass(frozen=True, slots=True)
class NoCounts:
    """Of a task whose metrics are all computed by torchmetrics."""

    class_recall: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Errors:
    """Regression: mean errors of the scaled target, and the standard deviation that scaled it.

    `unexplained`: the mean squared error by the variance of the target; None if that is 0.
    """

    mse: float
    mae: float
    unexplained: float | None
    std: float

    class_recall: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class TwoClasses:
    """Binary: rows whose output is above 0 (`tp` true, `fp` false), and rows of either class.

    `auroc`: the area under the ROC curve; None if the outputs were not sorted for it.
    """

    tp: float
    fp: float
    positives: float
    negatives: float
    auroc: float | None = None

    @property
    def class_recall(self) -> tuple[float, ...]:
        pairs = (self.negatives - self.fp, self.negatives), (self.tp, self.positives)
        return tuple(hit / rows if rows else nan for hit, rows in pairs)


@dataclass(frozen=True, slots=True)
class ManyClasses:
    """Multiclass: for each class the rows of it that were found, all rows of it, and those predicted."""

    hits: Sequence[float]
    true: Sequence[float]
    predicted: Sequence[float]

    @property
    def class_recall(self) -> tuple[float, ...]:
        return tuple(hit / rows if rows else nan for hit, rows in zip(self.hits, self.true, strict=True))

    def macro(self, part: Sequence[float], whole: Sequence[float]) -> float:
        """The mean over the classes that occur or are predicted, as in torchmetrics."""
        classes = zip(part, whole, self.true, self.predicted, strict=True)
        ratios = [a / b if b else 0.0 for a, b, true, predicted in classes if true or predicted]
        return sum(ratios) / len(ratios)
