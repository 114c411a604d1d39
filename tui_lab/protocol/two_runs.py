"""The question which of two runs is better."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class CompareRuns:
    """Predict the rows of the test split with the best weights of a run and of the one in the folder `other`.

    Answered by `RunsCompared`. Asked only of a process that trains neither.
    """

    other: str
    command: Literal["compare_runs"] = "compare_runs"
