"""What an epoch of many trials changes: a row for each trial.

Legend: T trials, P values of all weights of a trial, L of those that learn.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import torch
from torch import Tensor

from tui_lab.engine.state.optimizers import KEPT

_ALIGNED = 16
"""Numbers: products round differently depending on where in memory, within 64 bytes, their factors begin."""


class Layout:
    """The weights of a network one after the other, zeros between them. The frozen ones come first."""

    def __init__(self, weights: Sequence[Tensor]) -> None:
        self.shapes = [weight.shape for weight in weights]
        self.learns = [weight.requires_grad for weight in weights]
        counts = [weight.numel() for weight in weights]
        *begins, self.size = accumulate(map(aligned, counts), initial=0)
        self.begins = begins
        self._places = [(begin, begin + count) for begin, count in zip(begins, counts, strict=True)]
        self.first_learning = begins[self.learns.index(True)]

    def stacked(self, rows_TP: Tensor) -> list[Tensor]:
        """The weights `(T, ...)` in the rows of all trials."""
        each = zip(self._places, self.shapes, strict=True)
        return [rows_TP[:, begin:end].view(-1, *shape) for (begin, end), shape in each]

    def of_one(self, row_P: Tensor) -> list[Tensor]:
        """The weights in the row of one trial."""
        each = zip(self._places, self.shapes, strict=True)
        return [row_P[begin:end].view(shape) for (begin, end), shape in each]

    def of_learning(self, row_L: Tensor) -> list[Tensor]:
        """What belongs to each weight that learns, in a row with values for those alone."""
        first, each = self.first_learning, zip(self._places, self.shapes, strict=True)
        return [
            row_L[begin - first : end - first].view(shape) for (begin, end), shape in each if begin >= first
        ]

    def runs(self, row_L: Tensor) -> list[Tensor]:
        """Such a row in pieces, which end where a weight does not fill whole vectors.

        torch's fused kernels round those values differently that do not fill a vector.
        """
        first, runs, begin = self.first_learning, [], self.first_learning
        for _, end in self._places:
            if end > first and (end % _ALIGNED or end == self._places[-1][1]):
                runs.append(row_L[begin - first : end - first])
                begin = aligned(end)
        return runs


class Slot(NamedTuple):
    """The place of one trial: its weights and their averages, and for each name what the optimizer keeps."""

    weights: list[Tensor]
    average: list[Tensor]
    kept: list[list[Tensor]]

    def copied(self) -> "Slot":
        """The same numbers, to be kept while the place is used again."""
        weights, average, *kept = (
            [one.clone() for one in each] for each in (self.weights, self.average, *self.kept)
        )
        return Slot(weights, average, kept)


class Rows:
    """Weights, gradients and averages `(T, P)`, and what the optimizer keeps, `(T, L)` for each of its names.

    `shown_TP`: room for the weights that are validated, where those are others.
    """

    def __init__(self, layout: Layout, optimizer: str, trials: int, device: torch.device) -> None:
        def zeros(width: int) -> Tensor:
            return torch.zeros(trials, width, device=device)

        self.layout = layout
        self.weights_TP, self.gradients_TP = zeros(layout.size), zeros(layout.size)
        self.averages_TP, self.shown_TP = zeros(layout.size), zeros(layout.size)
        learning = layout.size - layout.first_learning
        self.kept_TL = [zeros(learning) for _ in kept_names(optimizer)]
        self.learning_TL = self.weights_TP[:, layout.first_learning :]
        self.by_learning_TL = self.gradients_TP[:, layout.first_learning :]
        self.slots = [
            Slot(
                layout.of_one(self.weights_TP[t]),
                layout.of_one(self.averages_TP[t]),
                [layout.of_learning(rows[t]) for rows in self.kept_TL],
            )
            for t in range(trials)
        ]

    def clip(self, clip_T1: Tensor) -> None:
        """Scale the gradients of each trial so that their norm is at most this, as torch does."""
        every = zip(self.layout.stacked(self.gradients_TP), self.layout.learns, strict=True)
        norms = [torch.linalg.vector_norm(one.flatten(1), dim=1) for one, learns in every if learns]
        norm_T1 = torch.linalg.vector_norm(torch.stack(norms, 1), dim=1, keepdim=True)
        self.by_learning_TL.mul_((clip_T1 / (norm_T1 + 1e-6)).clamp_(max=1))


def aligned(count: int) -> int:
    """So many numbers, or a few more, after which the next ones begin at a good place."""
    return -(-count // _ALIGNED) * _ALIGNED


def kept_names(optimizer: str) -> list[str]:
    """What an optimizer keeps for a weight."""
    return [name for name in KEPT[optimizer] if name]
