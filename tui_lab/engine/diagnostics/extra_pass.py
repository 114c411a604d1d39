"""A forward and a backward pass of a copy of the network, for updates that are not made by its modules.

Legend: B rows of an update.
"""

from contextlib import nullcontext
from copy import deepcopy

import torch
from torch import Tensor

from tui_lab.data.batches import batch_sizes
from tui_lab.engine.diagnostics.layer_figures import weights_by_layer
from tui_lab.engine.diagnostics.layer_pass import LayerPass
from tui_lab.engine.setup.precision import forward_in, precision_in_force
from tui_lab.engine.state.training_state import Training

MORE_ROWS = 64


class ExtraPass(LayerPass):
    """Made with the batch of an update before it; keeps the weights as they are before it."""

    def __init__(self, training: Training, x: Tensor, y: Tensor, *, few: bool) -> None:
        """`x`: `(B, ...)` as stored, `y`: `(B,)`. `few`: describe the outputs for more rows than a batch."""
        network, hyper, prepared = deepcopy(training.network), training.hyper, training.prepared
        super().__init__(network, weights_by_layer(network))
        forward, see = forward_in(precision_in_force(hyper), network, prepared.device), training.see
        sizes = [len(y)]
        if hyper.accumulate > 1:
            sizes = batch_sizes(len(y), hyper.batch_size, no_single=prepared.normed)
        with torch.enable_grad():
            for batch, targets in zip(torch.split(x, sizes), torch.split(y, sizes), strict=True):
                with nullcontext() if few else self.looking():
                    outputs = forward(batch if see is None else see(batch))
                training.backward(training.criterion(outputs, targets) * (len(targets) / len(y)))
        self._take_gradients()
        network.zero_grad(set_to_none=True)
        if few:  # after all else: dropout has drawn for the gradients what it will draw for the update
            part = prepared.dataset.train
            rows = part.take(torch.arange(min(MORE_ROWS, len(part))))
            with self.looking(), torch.no_grad():
                forward(rows if see is None else see(rows))
