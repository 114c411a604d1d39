"""What an evaluation of a run found, as plain data: no tensors, strict JSON, under 1 MB.

An `Evaluation` is made by `engine/evaluation/report`. Each topic is optional: None or empty where it does not
apply (no classes, no columns) or was not computed. `None` in place of a number: it is not defined, such as
the recall of a class without rows. All lists are bounded, and say so where they are.

A class is its place in `Evaluation.classes`; a value is in the units of the target. A *positive* row of a
binary task is one of the second class.
"""

from dataclasses import dataclass
from typing import Literal

from tui_lab.protocol.class_evaluation import (
    Average,
    Calibration,
    ClassCurve,
    ClassScore,
    Confusion,
    Threshold,
)
from tui_lab.protocol.example import Example, SplitName
from tui_lab.protocol.label_errors import LabelErrors


@dataclass(frozen=True, slots=True)
class Interval:
    """A measured value and its 95 % interval: percentiles 2.5 and 97.5 of bootstrap resamples of the rows.

    Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. An accuracy of 1 has the exact
    lower limit of Clopper and Pearson (1934): all its resamples are 1.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rival:
    """What the network is compared with, on the same rows.

    `name`: `constant` (the training mean, or class frequencies) or `linear` (least squares, or logistic
    regression, fitted on the training split), or another `run`. `about`: what it is, in a few words, or the
    name of the run. `scores`: by metric, as
    those of the network. `difference`: network minus rival, by metric; intervals from the same resamples for
    both (paired). `network_only`, `rival_only`: rows that only one of them gets right; for numbers, rows on
    which one is closer. `p_value`: of these two counts if neither were better (exact McNemar test, which is
    the two-sided binomial test with probability 1/2). `better`: `unclear` if the split is too small to tell.
    """

    name: Literal["constant", "linear", "run"]
    about: str
    scores: dict[str, Interval]
    difference: dict[str, Interval]
    network_only: int
    rival_only: int
    p_value: float
    better: Literal["network", "rival", "unclear"]

    @property
    def rows_ahead(self) -> int:
        """By how many rows the network is ahead; negative if it is behind."""
        return self.network_only - self.rival_only


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the network has learned something, and more than a linear model can.

    `sentence`: in plain words. `metric`: the one that decides. `scores`: the network's, by metric (`loss` and
    the metrics of the task). `train_scores`: the same of the training split in evaluation mode, over
    `train_rows` of its rows. `resamples`: of the bootstrap, 1000, fewer for many rows (at
    least 200 up to 200,000 rows).
    """

    sentence: str
    metric: str
    scores: dict[str, Interval]
    train_scores: dict[str, float]
    train_rows: int
    rivals: tuple[Rival, ...]
    resamples: int


@dataclass(frozen=True, slots=True)
class RunsCompared:
    """Two runs on the same rows of a split, each with the weights of its best epoch.

    `sentence`: in plain words; `metric`: the one that decides. `scores`: of the first run; `rival`: the
    second.
    """

    split: SplitName
    rows: int
    metric: str
    sentence: str
    scores: dict[str, Interval]
    rival: Rival


@dataclass(frozen=True, slots=True)
class ResidualBin:
    """Residuals (true minus predicted) of the rows of one bin, in the target's units.

    `label`: the bin in words, such as `2.5 to 3.75` or a category. `low` and `high` are None for a category.
    `quantiles`: 5, 25, 50, 75 and 95 %, as numpy's default (linear).
    """

    label: str
    low: float | None
    high: float | None
    rows: int
    mean: float
    quantiles: tuple[float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class ColumnResiduals:
    """Residuals by one column. `explained`: the share of their variance that the bins explain (eta squared).

    It is corrected for chance (epsilon squared, Kelley 1935): 0 or below if there is nothing to explain.
    """

    column: str
    explained: float
    bins: tuple[ResidualBin, ...]


@dataclass(frozen=True, slots=True)
class Residuals:
    """Errors of a regression in the target's units; a residual is true minus predicted.

    `points`: `(true, predicted)` of at most 500 rows, chosen at random. `by_prediction`: at most 10 bins of
    about as many rows. `by_column`: the columns whose bins explain most, at most 12. `quantiles`: of the
    residuals at 0, 1, 5, 25, 50, 75, 95, 99 and 100 %; `absolute_quantiles`: of their size at 50, 75, 90, 95,
    99 and 100 %. `true_quantiles` and `predicted_quantiles`: at the percents of `quantiles`.
    """

    points: tuple[tuple[float, float], ...]
    mean: Interval
    by_prediction: tuple[ResidualBin, ...]
    by_column: tuple[ColumnResiduals, ...]
    quantiles: dict[int, float]
    absolute_quantiles: dict[int, float]
    true_quantiles: dict[int, float]
    predicted_quantiles: dict[int, float]


@dataclass(frozen=True, slots=True)
class Worst:
    """One of the worst errors: its `example`, and the most similar training rows, nearest first.

    `similar`: places in `Evaluation.examples`; `distances`: Euclidean, see `Evaluation.similar_by`.
    """

    example: int
    similar: tuple[int, ...]
    distances: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows with some values of one column (a category, or a quarter of a number's range).

    `score` of these rows and `whole`, that of the split: accuracy for classes, RMSE for numbers. `p_value`:
    the chance that any of the slices looked at does as badly if its rows were drawn at random (the maxT
    procedure of Westfall and Young 1993, single step); `clear`: it is below 0.05.
    """

    column: str
    label: str
    rows: int
    score: float
    whole: float
    p_value: float
    clear: bool


@dataclass(frozen=True, slots=True)
class Importance:
    """How much worse the predictions get if a group of correlated columns is shuffled together.

    `loss`: mean increase of the loss; `score`: mean decrease of accuracy, or increase of the RMSE; `loss_std`
    and `score_std`: standard deviation over `Evaluation.importance_repeats` shuffles. Breiman, Random
    Forests (2001).
    """

    columns: tuple[str, ...]
    loss: float
    loss_std: float
    score: float
    score_std: float


@dataclass(frozen=True, slots=True)
class Response:
    """The mean prediction when one column is set to a value in every row (partial dependence, Friedman 2001).

    `labels`: the values as texts; `values`: as numbers, empty for categories. `mean[k]`: at each of them, of
    output `k`: the value (numbers), the probability of the second class (binary), or that of each class (at
    most 10, those named in `classes`). `low`, `high`: 10 and 90 % of the rows, of the same. `rows`: how many
    rows it is the mean of.
    """

    column: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    classes: tuple[int, ...]
    mean: tuple[tuple[float, ...], ...]
    low: tuple[tuple[float, ...], ...]
    high: tuple[tuple[float, ...], ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A split of a run's data, predicted with the weights after `epoch`, in evaluation mode.

    `step`: how many updates had been made when it was asked for. `folds`: 0, or if it is `out of fold` how
    many runs predicted it, each the rows of its fold with its best weights; `epoch` and `step` are 0 then.
    `columns`: names of the features that
    `Example.values` are of, at most 40; `columns_left_out`: how many more there are. `similar_by`: distances
    are between standardised inputs, or between what the last layer is given. `slices_tested`: how many
    slices were looked at; `slices` are the worst of them, at most 20, worst first. `importance` is ordered,
    `responses` are those of the most important columns, at most 12. `label_errors`:
    None unless asked for. `notes`: what was left out, and why. `seconds`: how long it took, without looking
    for label errors.
    """

    split: SplitName
    rows: int
    epoch: int
    step: int
    task: str
    target: str
    classes: tuple[str, ...]
    verdict: Verdict | None = None
    class_scores: tuple[ClassScore, ...] = ()
    averages: tuple[Average, ...] = ()
    confusion: Confusion | None = None
    curves: tuple[ClassCurve, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    calibration: Calibration | None = None
    residuals: Residuals | None = None
    columns: tuple[str, ...] = ()
    columns_left_out: int = 0
    examples: tuple[Example, ...] = ()
    worst: tuple[Worst, ...] = ()
    similar_by: Literal["inputs", "activations"] = "inputs"
    slices: tuple[Slice, ...] = ()
    slices_tested: int = 0
    importance: tuple[Importance, ...] = ()
    importance_repeats: int = 0
    responses: tuple[Response, ...] = ()
    label_errors: LabelErrors | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    folds: int = 0

    def label(self, value: float) -> str:
        """A true or predicted target in words: the name of the class, or the value with four digits."""
        return self.classes[int(value)] if self.classes else f"{value:.4g}"
