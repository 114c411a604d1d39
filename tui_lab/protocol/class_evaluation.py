"""What an evaluation says about classes: scores, confusion, curves, calibration. Part of an `Evaluation`."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class against the rest. `support`: its rows; `predicted`: rows predicted to be of it.

    Precision is None if it is never predicted, recall without rows of it, F1 if both; `auroc` and
    `average_precision` (the mean of precision over the steps of recall) without rows of it or of any other.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    predicted: int
    auroc: float | None
    average_precision: float | None


@dataclass(frozen=True, slots=True)
class Average:
    """`micro`: over all rows; `macro`: each class counts the same; `weighted`: by its rows.

    Macro and weighted are over the classes for which the score is defined, as scikit-learn has them with
    `zero_division=nan`.
    """

    name: Literal["micro", "macro", "weighted"]
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of rows: `counts[i][j]` of true class `classes[i]` were predicted as class `classes[j]`.

    With more than 40 classes those with most errors are shown, in the order of the classes, and the last row
    and column are all `others` together. `examples`: by `"i,j"`, the places in `Evaluation.examples` of rows
    in that cell; only for wrong predictions, at most 12 a cell.
    """

    classes: tuple[int, ...]
    others: bool
    counts: tuple[tuple[int, ...], ...]
    examples: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class ClassCurve:
    """ROC and precision-recall curve of one class against the rest: at most 200 points of the exact ones.

    From the highest threshold to the lowest; a row counts as positive if its probability is at least
    `thresholds[i]`. The first point has no positives: its threshold is above every probability, its recall 0
    and its precision 1.
    """

    of_class: int
    thresholds: tuple[float, ...]
    false_positive_rate: tuple[float, ...]
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    auroc: float
    average_precision: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """Counts of a binary task if rows with a probability *above* `threshold` are predicted positive.

    So 0.5 gives the predictions of the run. Precision is 0 if nothing is predicted positive.
    """

    threshold: float
    tp: int
    fp: int
    fn: int
    tn: int
    precision: float
    recall: float
    f1: float

    def cost(self, of_false_positive: float = 1.0, of_false_negative: float = 1.0) -> float:
        """What its errors cost, given the cost of one of each kind."""
        return self.fp * of_false_positive + self.fn * of_false_negative


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows with a probability above `low` and up to `high`.

    `predicted`: their mean probability; `observed`: how often it came true. `floor_low`, `floor_high`: within
    these the observed share of a perfectly calibrated model falls in 95 % of such splits.
    """

    low: float
    high: float
    rows: int
    predicted: float
    observed: float
    floor_low: float
    floor_high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether probabilities mean what they say.

    Binary: of the probability of the second class; several classes: of that of the predicted class. `bins`:
    15 of equal width, empty ones left out. `ece`: expected calibration error, the mean of |observed -
    predicted| over the rows (Guo et al. 2017, On Calibration of Modern Neural Networks). `floor_median`,
    `floor_high`: median and 95th percentile of the ECE that a perfectly calibrated model with these
    probabilities has on a split of this size; up to there a deviation may be chance. `temperature`:
    the logits, divided by it, give the lowest loss on the validation split; above 1 the network is too sure.
    `loss`: mean cross entropy. What is `scaled` is with that temperature.
    """

    bins: tuple[ReliabilityBin, ...]
    ece: float
    floor_median: float
    floor_high: float
    loss: float
    temperature: float
    scaled_bins: tuple[ReliabilityBin, ...]
    scaled_ece: float
    scaled_floor_high: float
    scaled_loss: float
