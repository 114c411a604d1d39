"""Is the network better than its baseline, and than a linear model, or can this split not tell?

Legend: B rows.
"""

from typing import Literal

from tui_lab.data.dataset import Dataset, Part
from tui_lab.data.messages import named
from tui_lab.engine.evaluation.report.bootstrap import all_right, interval, mcnemar
from tui_lab.engine.evaluation.report.linear_model import fit_linear
from tui_lab.engine.evaluation.report.metric_samples import Samples, metric_samples, metric_values
from tui_lab.engine.evaluation.report.row_scores import RowScores, row_scores
from tui_lab.engine.evaluation.report.verdict_words import verdict_words
from tui_lab.engine.evaluation.scoring import metrics_for
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.experiment.metrics import lower_is_better, main_metric
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.evaluation import Interval, Rival, Verdict

Name = Literal["constant", "linear"]
_CHANCE = 0.05
_CERTAIN = 100.0


def make_verdict(
    task: Task, network: RowScores, training: RowScores, part: Part, dataset: Dataset
) -> Verdict:
    """Compare the predictions for `part`; `training`: those for the training split, or some of its rows."""
    names = [metric.name for metric in metrics_for(task, dataset)]
    main = "rmse" if "rmse" in names else main_metric(names) or "loss"
    constant, linear = _constant(task, part, dataset), fit_linear(task, dataset.train, network.classes)
    best_guess = row_scores(task, linear.outputs(part), part.y, dataset)
    of_network, of_constant, of_linear = metric_samples([network, constant, best_guess], names)
    judge = _Judge(network, of_network, main)
    rivals = (
        judge.against("constant", _always(constant, dataset), constant, of_constant),
        judge.against("linear", linear.about, best_guess, of_linear),
    )
    scores = _intervals(of_network, network)
    return Verdict(
        sentence=verdict_words(main, scores, rivals, network),
        metric=main,
        scores=scores,
        train_scores=metric_values(training, names),
        train_rows=len(training),
        rivals=rivals,
        resamples=min(len(samples) - 1 for samples in of_network.values()),
    )


class _Judge:
    """The network, and its metric that decides."""

    def __init__(self, network: RowScores, samples: Samples, main: str) -> None:
        self._network, self._samples, self._main = network, samples, main

    def against(self, name: Name, about: str, rows: RowScores, samples: Samples) -> Rival:
        """What there is to say of one rival."""
        apart = {key: self._samples[key] - samples[key] for key in samples}
        difference = {key: interval(float(gap[0]), gap[1:]) for key, gap in apart.items()}
        ahead = int((self._network.wrong < rows.wrong).sum())
        behind = int((self._network.wrong > rows.wrong).sum())
        p_value = mcnemar(ahead, behind)
        return Rival(
            name=name,
            about=about,
            scores=_intervals(samples, rows),
            difference=difference,
            network_only=ahead,
            rival_only=behind,
            p_value=p_value,
            better=self._better(difference[self._main], p_value),
        )

    def _better(self, difference: Interval, p_value: float) -> Literal["network", "rival", "unclear"]:
        """By the interval of the difference; for accuracy also by the exact test, which few rows need."""
        if difference.low <= 0 <= difference.high or (self._main == "accuracy" and p_value >= _CHANCE):
            return "unclear"
        return "network" if (difference.value < 0) == lower_is_better(self._main) else "rival"


def _intervals(samples: Samples, rows: RowScores) -> dict[str, Interval]:
    found = {name: interval(float(one[0]), one[1:]) for name, one in samples.items()}
    if rows.classes and not rows.wrong.any():
        found["accuracy"] = all_right(len(rows))
    return found


def _constant(task: Task, part: Part, dataset: Dataset) -> RowScores:
    output_1K = ENGINE_TASKS[task].constant_output(dataset.train.y, len(dataset.about.classes))
    finite_1K = output_1K.nan_to_num(posinf=_CERTAIN, neginf=-_CERTAIN)  # a class without training rows
    return row_scores(task, finite_1K.expand(len(part), -1), part.y, dataset)


def _always(constant: RowScores, dataset: Dataset) -> str:
    value = constant.predicted_B[0]
    if dataset.about.classes:
        return f"always {named(dataset.about.classes[int(value)], 40)}"
    return f"always {float(value):.4g}, the mean of the training split"
