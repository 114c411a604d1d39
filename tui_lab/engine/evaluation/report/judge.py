"""Which of two models is better on the same rows, or whether these are too few to tell.

Legend: B rows.
"""

from collections.abc import Collection
from typing import Literal

from tui_lab.engine.evaluation.report.bootstrap import all_right, interval, mcnemar
from tui_lab.engine.evaluation.report.metric_samples import Samples
from tui_lab.engine.evaluation.report.row_scores import RowScores
from tui_lab.experiment.metrics import lower_is_better, main_metric
from tui_lab.protocol.evaluation import Interval, Rival

Name = Literal["constant", "linear", "run"]
CHANCE = 0.05
"""The exact test decides against a difference from this probability on."""


def deciding_metric(names: Collection[str]) -> str:
    """The RMSE for numbers, which has a unit; else the most informative of the metrics of a run."""
    return "rmse" if "rmse" in names else main_metric(names) or "loss"


class Judge:
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
            scores=intervals(samples, rows),
            difference=difference,
            network_only=ahead,
            rival_only=behind,
            p_value=p_value,
            better=self._better(name, difference[self._main], p_value),
        )

    def _better(
        self, name: Name, difference: Interval, p_value: float
    ) -> Literal["network", "rival", "unclear"]:
        """By the interval of the difference; for accuracy also by the exact test, which few rows need.

        That a network is worse than a simpler model needs the interval only: it has to prove itself.
        """
        if difference.low <= 0 <= difference.high:
            return "unclear"
        ahead = (difference.value < 0) == lower_is_better(self._main)
        doubtful = self._main == "accuracy" and p_value >= CHANCE
        if doubtful and (ahead or name == "run"):
            return "unclear"
        return "network" if ahead else "rival"


def intervals(samples: Samples, rows: RowScores) -> dict[str, Interval]:
    """Of each score."""
    found = {name: interval(float(one[0]), one[1:]) for name, one in samples.items()}
    if rows.classes and not rows.wrong.any():
        found["accuracy"] = all_right(len(rows))
    return found
