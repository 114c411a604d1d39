"""Running a split through the network in evaluation mode, without gradients, in chunks.

Legend: B rows, K outputs.
"""

from collections.abc import Callable

from torch import Tensor, cat, inference_mode, nn

from tui_lab.data.dataset import Part
from tui_lab.experiment.network.memory import chunk_rows


def outputs_of_split(network: nn.Module, part: Part, forward: Callable[[Tensor], Tensor]) -> Tensor:
    """The outputs `(B, K)` for all rows of the split, by `forward`, which calls the network.

    The network is left in training mode.
    """
    network.eval()
    try:
        with inference_mode():
            return outputs_in_chunks(part, forward)
    finally:
        network.train()


def outputs_in_chunks(part: Part, forward: Callable[[Tensor], Tensor]) -> Tensor:
    """The outputs `(B, K)` for all rows of the split, in whatever mode the network is."""
    rows = chunk_rows(tuple(part.x.shape[1:]), on_gpu=part.y.device.type != "cpu")
    found: list[Tensor] = [forward(chunk) for chunk in part.chunks(rows)]
    return found[0] if len(found) == 1 else cat(found)
