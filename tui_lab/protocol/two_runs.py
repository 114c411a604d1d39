"""Questions about several runs: which of two is better, and how good all folds are together."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class CompareRuns:
    """Predict the rows of the test split with the best weights of a run and of the one in the folder `other`.

    Answered by `RunsCompared`. Asked only of a process that trains neither.
    """

    other: str
    command: Literal["compare_runs"] = "compare_runs"


@dataclass(frozen=True, slots=True)
class EvaluateFolds:
    """Evaluate the runs of all folds of a run's cross-validation together, each with its best weights.

    Answered by an `Evaluation` that is `out of fold`. Asked only of a process that trains none of them.
    """

    command: Literal["evaluate_folds"] = "evaluate_folds"
