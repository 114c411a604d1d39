"""The network that is evaluated, and its data.

Legend: B rows, F inputs, K outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tui_lab.data.dataset import Dataset, Part
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.evaluation.report.row_scores import RowScores, row_scores
from tui_lab.experiment.tasks import Task
from tui_lab.model.live import parts, weighted_layers

_WIDEST = 1024  # activations that are kept of a row; more are averaged


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

    def scores_and_activations(self, part: Part) -> tuple[RowScores, Tensor]:
        """And what its last layer with weights is given for each row `(B, F)`, float32 on the CPU."""
        seen: list[Tensor] = []
        places = weighted_layers(self.network)
        if not places:
            return self.scores(part), torch.zeros(len(part), 0)
        _, last = parts(self.network)[places[-1]]

        def keep(_module: nn.Module, given: tuple[Tensor, ...]) -> None:
            x_BF = given[0].detach().flatten(1).float()
            if x_BF.shape[1] > _WIDEST:
                x_BF = F.adaptive_avg_pool1d(x_BF.unsqueeze(1), _WIDEST).squeeze(1)
            seen.append(x_BF.cpu())

        hook = last.register_forward_pre_hook(keep)
        try:
            scores = self.scores(part)
            return scores, torch.cat(seen)
        finally:
            hook.remove()


def some_rows(rows: int, most: int) -> Tensor:
    """All rows of a split, or `most` of them, chosen at random; in order."""
    if rows <= most:
        return torch.arange(rows)
    return torch.randperm(rows, generator=torch.Generator().manual_seed(0))[:most].sort().values
