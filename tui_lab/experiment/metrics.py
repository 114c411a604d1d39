"""The metrics: one record each, with all that is known about it, from its name to how it is computed.

torchmetrics computes the metrics of the test split. At the end of an epoch that would cost one to two
training steps per metric (14 to 160 us against 145), so a metric that follows from `experiment.counts` has a
formula too, which is used for training and validation. The tests compare each formula with torchmetrics. A
metric without a formula is computed by torchmetrics everywhere.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

from tui_lab.experiment.counts import ManyClasses, ratio


@dataclass(frozen=True, slots=True)
class Computation:
    """How a metric is computed for one task.

    `functions`: in `torchmetrics.functional`; the metric is the mean of their values. `formula`: the metric
    from the counts of the task; None if they do not contain it. `arguments`: what the functions are given
    besides answers, targets and what all metrics of the task need. `given`: the form of the answers, one that
    the task knows (`EngineTask.given`). `least_rows`: with fewer, the metric is NaN.
    """

    functions: tuple[str, ...]
    formula: Callable[[Any], float | None] | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    given: str = "answers"
    least_rows: int = 1


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric. `tasks`: how it is computed for each task that has it.

    `in_target_units`: torchmetrics' value is of the scaled target, and to be multiplied by its deviation.
    `short`: the abbreviation for narrow columns and filters, if the name is too long; `heading` for columns
    of eleven characters. `main`: it stands for a run where there is room for one; without any, the loss does.
    `if_rare`: its place among the metrics of a run with a rare class; others come last. `needs_both_classes`:
    it means nothing for a split of one class.
    """

    name: str
    tasks: Mapping[str, Computation] = field(default_factory=dict)
    better: Literal["higher", "lower"] = "higher"
    limits: tuple[float, float] = (0.0, 1.0)
    in_target_units: bool = False
    short: str = ""
    heading: str = ""
    acronym: bool = False
    main: bool = False
    if_rare: int | None = None
    only_if_rare: bool = False
    needs_both_classes: bool = False

    @property
    def title(self) -> str:
        """The name as a title: `AUROC`, `Balanced accuracy`."""
        return self.name.upper() if self.acronym else self.name.replace("_", " ").capitalize()


def _f1(c: ManyClasses) -> float:
    both = [a + b for a, b in zip(c.true, c.predicted, strict=True)]
    return c.macro([2 * hit for hit in c.hits], both)


_ANY_SIZE = (0.0, inf)
_BINARY, _MULTI, _MACRO = "classification.binary_", "classification.multiclass_", {"average": "macro"}
_RECORDS = (
    Metric("accuracy", {
        "binary": Computation(
            (_BINARY + "accuracy",), lambda c: (c.tp + c.negatives - c.fp) / (c.positives + c.negatives)
        ),
        "multiclass": Computation(
            (_MULTI + "accuracy",), lambda c: sum(c.hits) / sum(c.true), {"average": "micro"}
        ),
    }, short="acc", main=True, if_rare=5),
    Metric("precision", {
        "binary": Computation((_BINARY + "precision",), lambda c: ratio(c.tp, c.tp + c.fp)),
        "multiclass": Computation((_MULTI + "precision",), lambda c: c.macro(c.hits, c.predicted), _MACRO),
    }, short="prec", if_rare=3),
    Metric("recall", {
        "binary": Computation((_BINARY + "recall",), lambda c: ratio(c.tp, c.positives)),
        "multiclass": Computation((_MULTI + "recall",), lambda c: c.macro(c.hits, c.true), _MACRO),
    }, short="rec", if_rare=2),
    Metric("f1", {
        "binary": Computation((_BINARY + "f1_score",), lambda c: ratio(2 * c.tp, c.tp + c.fp + c.positives)),
        "multiclass": Computation((_MULTI + "f1_score",), _f1, _MACRO),
    }, acronym=True, if_rare=4),
    Metric("auroc", {
        "binary": Computation((_BINARY + "auroc",), lambda c: c.auroc, given="ranks"),
    }, acronym=True, if_rare=1, needs_both_classes=True),
    Metric("balanced_accuracy", {
        "binary": Computation(
            (_BINARY + "recall", _BINARY + "specificity"),
            lambda c: (ratio(c.tp, c.positives) + ratio(c.negatives - c.fp, c.negatives)) / 2,
        ),
    }, short="bal", heading="bal. acc.", main=True, if_rare=0, only_if_rare=True),
    Metric("mae", {
        "regression": Computation(("regression.mean_absolute_error",), lambda e: e.mae * e.std),
    }, better="lower", limits=_ANY_SIZE, in_target_units=True, acronym=True),
    Metric("rmse", {
        "regression": Computation(
            ("regression.mean_squared_error",), lambda e: e.mse**0.5 * e.std, {"squared": False}
        ),
    }, better="lower", limits=_ANY_SIZE, in_target_units=True, acronym=True),
    Metric("r2", {
        "regression": Computation(
            ("regression.r2_score",), lambda e: None if e.unexplained is None else 1 - e.unexplained,
            least_rows=2,
        ),
    }, limits=(-inf, 1.0), acronym=True, main=True),
    Metric("loss", better="lower", limits=_ANY_SIZE),
)  # fmt: skip
METRICS = {record.name: record for record in _RECORDS}
"""By name, in the order in which a run reports them. The loss is the task's, and computed by it."""


def metric(name: str) -> Metric:
    """The metric of that name; a plain record for one that only another version knows."""
    return METRICS.get(name) or Metric(name)


def short_name(name: str) -> str:
    """The metric's name, abbreviated if it is long."""
    return metric(name).short or name


def lower_is_better(name: str) -> bool:
    """Whether the metric is an error or a loss."""
    return metric(name).better == "lower"


def metrics_of(task: str, rare: bool = False) -> list[Metric]:
    """The metrics of a task. `rare`: whether one of two classes is rare."""
    return [m for m in METRICS.values() if task in m.tasks and (rare or not m.only_if_rare)]


def rare_first(metrics: list[Metric]) -> list[Metric]:
    """Metrics in the order in which they say most about a rare class."""
    return sorted(metrics, key=lambda m: inf if m.if_rare is None else m.if_rare)


def main_metric(scores: Collection[str]) -> str | None:
    """The most informative of some metrics, given in the run's order; the loss if there is no other."""
    return next((name for name in scores if metric(name).main), "loss" if "loss" in scores else None)
