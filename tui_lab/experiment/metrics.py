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

from tui_lab.experiment.counts import ratio


@dataclass(frozen=True, slots=True)
class Computation:
    """How a metric is computed for one task.

    `functions`: in `torchmetrics.functional`; the metric is the mean of their values. `arguments`: what they
    get besides the answers, the targets and what every metric of the task gets. `given`: the form of the
    answers, one of those in the task's `given`. `least_rows`: with fewer,
    the metric is NaN. `formula`: the metric from the counts of the task; None if it is unknown.
    """

    functions: tuple[str, ...]
    arguments: Mapping[str, object] = field(default_factory=dict)
    given: str = "answers"
    least_rows: int = 1
    formula: Callable[[Any], float | None] | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric. `tasks`: how it is computed for each task that has it."""

    name: str
    tasks: Mapping[str, Computation] = field(default_factory=dict)
    better: Literal["higher", "lower"] = "higher"
    limits: tuple[float, float] = (0.0, 1.0)
    in_target_units: bool = False
    """Whether torchmetrics' value is of the scaled target, and to be multiplied by its standard deviation."""
    short: str = ""
    """The abbreviation for narrow columns and filters, if the name is too long."""
    heading: str = ""
    """The heading of a column of eleven characters, if the name is too long."""
    acronym: bool = False
    main: bool = False
    """Whether this metric stands for a run where there is room for one; without any, the loss does."""
    if_rare: int | None = None
    """Its place among the metrics of a run with a rare class; others come last."""
    only_if_rare: bool = False
    needs_both_classes: bool = False
    """Whether it means nothing for a split of one class."""

    @property
    def title(self) -> str:
        """The name as a title: `AUROC`, `Balanced accuracy`."""
        return self.name.upper() if self.acronym else self.name.replace("_", " ").capitalize()


def _classes(function: str, formula: Callable[[Any], float | None], **arguments: object) -> Computation:
    return Computation((f"classification.{function}",), arguments, formula=formula)


_RECORDS = (
    Metric(
        "accuracy",
        {
            "binary": _classes(
                "binary_accuracy", lambda c: (c.tp + c.negatives - c.fp) / (c.positives + c.negatives)
            ),
            "multiclass": _classes(
                "multiclass_accuracy", lambda c: sum(c.hits) / sum(c.true), average="micro"
            ),
        },
        short="acc",
        main=True,
        if_rare=5,
    ),
    Metric(
        "precision",
        {
            "binary": _classes("binary_precision", lambda c: ratio(c.tp, c.tp + c.fp)),
            "multiclass": _classes(
                "multiclass_precision", lambda c: c.macro(c.hits, c.predicted), average="macro"
            ),
        },
        short="prec",
        if_rare=3,
    ),
    Metric(
        "recall",
        {
            "binary": _classes("binary_recall", lambda c: ratio(c.tp, c.positives)),
            "multiclass": _classes("multiclass_recall", lambda c: c.macro(c.hits, c.true), average="macro"),
        },
        short="rec",
        if_rare=2,
    ),
    Metric(
        "f1",
        {
            "binary": _classes("binary_f1_score", lambda c: ratio(2 * c.tp, c.tp + c.fp + c.positives)),
            "multiclass": _classes(
                "multiclass_f1_score",
                lambda c: c.macro(
                    [2 * hit for hit in c.hits], [a + b for a, b in zip(c.true, c.predicted, strict=True)]
                ),
                average="macro",
            ),
        },
        acronym=True,
        if_rare=4,
    ),
    Metric(
        "auroc",
        {"binary": Computation(("classification.binary_auroc",), given="ranks", formula=lambda c: c.auroc)},
        acronym=True,
        if_rare=1,
        needs_both_classes=True,
    ),
    Metric(
        "balanced_accuracy",
        {
            "binary": Computation(
                ("classification.binary_recall", "classification.binary_specificity"),
                formula=lambda c: (ratio(c.tp, c.positives) + ratio(c.negatives - c.fp, c.negatives)) / 2,
            )
        },
        short="bal",
        heading="bal. acc.",
        main=True,
        if_rare=0,
        only_if_rare=True,
    ),
    Metric(
        "mae",
        {"regression": Computation(("regression.mean_absolute_error",), formula=lambda e: e.mae * e.std)},
        better="lower",
        limits=(0.0, inf),
        in_target_units=True,
        acronym=True,
    ),
    Metric(
        "rmse",
        {
            "regression": Computation(
                ("regression.mean_squared_error",),
                {"squared": False},
                formula=lambda e: e.mse**0.5 * e.std,
            )
        },
        better="lower",
        limits=(0.0, inf),
        in_target_units=True,
        acronym=True,
    ),
    Metric(
        "r2",
        {
            "regression": Computation(
                ("regression.r2_score",),
                least_rows=2,
                formula=lambda e: None if e.unexplained is None else 1 - e.unexplained,
            )
        },
        limits=(-inf, 1.0),
        acronym=True,
        main=True,
    ),
    Metric("loss", better="lower", limits=(0.0, inf)),
)
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
