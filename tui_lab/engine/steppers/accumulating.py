"""Updates from the mean gradient of several batches (gradient accumulation).

Legend: B rows of an update, K outputs.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from tui_lab.data.batches import batch_sizes
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.eager import EagerStepper


class AccumulatingStepper(EagerStepper):
    """Passes the rows of an update through the network in batches of `batch_size`.

    Each batch counts by its rows: the gradient and the loss are the means over all rows of the update.
    """

    def __init__(self, training: Training, probed_layers: Sequence[str] | None = None) -> None:
        super().__init__(training, probed_layers)
        self._batch_size, self._no_single = training.hyper.batch_size, training.prepared.normed
        self._augment, self._see = self._see, None  # batch by batch, which takes less memory

    def _forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The outputs `(B, K)` and the loss `()`; the gradients are set already."""
        self._optimizer.zero_grad()
        outputs, losses = [], []
        sizes = batch_sizes(len(y), self._batch_size, no_single=self._no_single)
        for batch, targets in zip(torch.split(x, sizes), torch.split(y, sizes), strict=True):
            made = self._network(batch if self._augment is None else self._augment(batch))
            loss = self._criterion(made, targets) * (len(targets) / len(y))
            super()._backward(loss)
            outputs.append(made.detach())
            losses.append(loss.detach())
        return torch.cat(outputs), torch.stack(losses).sum()

    def _backward(self, loss: Tensor) -> None:
        """Done batch by batch."""
