"""The network that is evaluated, and its data.

Legend: B rows, F inputs, K outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from tui_lab.data.dataset import Dataset, Part
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.evaluation.report.row_scores import RowScores, row_scores
from tui_lab.experiment.tasks import Task


@dataclass(frozen=True, slots=True)
class Subject:
    """A network with the weights to evaluate; `forward` calls it in the precision of its run."""

    network: nn.Module
    forward: Callable[[Tensor], Tensor]
    dataset: Dataset
    task: Task

    def outputs(self, part: Part) -> Tensor:
        """Its outputs `(B, K)` for a split, in evaluation mode."""
        return outputs_of_split(self.network, part, self.forward)

    def scores(self, part: Part) -> RowScores:
        """Its predictions for a split."""
        return row_scores(self.task, self.outputs(part), part.y, self.dataset)
