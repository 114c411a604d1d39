"""Is the network better than its baseline, and than a linear model, or can this split not tell?

Legend: B rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tui_lab.data.dataset import Dataset, Part
from tui_lab.data.messages import named
from tui_lab.engine.evaluation.report.judge import Judge, Name, deciding_metric, intervals
from tui_lab.engine.evaluation.report.linear_model import fit_linear
from tui_lab.engine.evaluation.report.metric_samples import metric_samples, metric_values
from tui_lab.engine.evaluation.report.row_scores import RowScores, row_scores
from tui_lab.engine.evaluation.report.verdict_words import noun_of, verdict_words
from tui_lab.engine.evaluation.scoring import metrics_for
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.evaluation import Verdict

_CERTAIN = 100.0


@dataclass(frozen=True, slots=True)
class SimpleModel:
    """What a simpler model predicts for the rows of the network; `name` and `about` as in `Rival`."""

    name: Name
    about: str
    rows: RowScores


def make_verdict(
    task: Task, network: RowScores, training: RowScores, part: Part, dataset: Dataset
) -> Verdict:
    """Compare the predictions for `part`; `training`: those for the training split, or some of its rows."""
    return verdict_against(
        simple_models(task, part, dataset, network.classes), task, network, training, dataset
    )


def simple_models(task: Task, part: Part, dataset: Dataset, classes: int) -> tuple[SimpleModel, ...]:
    """The baseline and the linear model, fitted on the training split of `dataset`, on the rows of `part`."""
    constant, linear = _constant(task, part, dataset), fit_linear(task, dataset.train, classes)
    of_linear = row_scores(task, linear.outputs(part), part.y, dataset)
    return (
        SimpleModel("constant", _always(constant, dataset), constant),
        SimpleModel("linear", linear.about, of_linear),
    )


def verdict_against(
    simple: Sequence[SimpleModel], task: Task, network: RowScores, training: RowScores, dataset: Dataset
) -> Verdict:
    """Compare the predictions of the network with those of simpler models for the same rows.

    `training`: its predictions for the training split, or some of its rows; `dataset` says what the rows are.
    """
    names = [metric.name for metric in metrics_for(task, dataset)]
    main = deciding_metric(names)
    of_network, *of_simple = metric_samples([network, *(model.rows for model in simple)], names)
    judge = Judge(network, of_network, main)
    rivals = tuple(
        judge.against(model.name, model.about, model.rows, samples)
        for model, samples in zip(simple, of_simple, strict=True)
    )
    scores = intervals(of_network, network)
    return Verdict(
        sentence=verdict_words(main, scores, rivals, network, noun_of(dataset.about)),
        metric=main,
        scores=scores,
        train_scores=metric_values(training, names),
        train_rows=len(training),
        rivals=rivals,
        resamples=min(len(samples) - 1 for samples in of_network.values()),
    )


def _constant(task: Task, part: Part, dataset: Dataset) -> RowScores:
    output_1K = ENGINE_TASKS[task].constant_output(dataset.train.y, len(dataset.about.classes))
    finite_1K = output_1K.nan_to_num(posinf=_CERTAIN, neginf=-_CERTAIN)  # a class without training rows
    return row_scores(task, finite_1K.expand(len(part), -1), part.y, dataset)


def _always(constant: RowScores, dataset: Dataset) -> str:
    value = constant.predicted_B[0]
    if dataset.about.classes:
        return f"always {named(dataset.about.classes[int(value)], 40)}"
    return f"always {float(value):.4g}, the mean of the training split"
