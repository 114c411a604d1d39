"""A split through the network in evaluation mode, without gradients, in chunks.

Legend: B rows, K outputs.
"""

from torch import Tensor, cat, inference_mode, nn, split

from tui_lab.data.dataset import Part
from tui_lab.spec.memory import CHUNK_VALUES


def outputs_of_split(network: nn.Module, part: Part) -> Tensor:
    """The outputs `(B, K)` for all rows of the split. The network is left in training mode."""
    rows = max(1, CHUNK_VALUES // max(1, part.x[0].numel()))
    network.eval()
    try:
        with inference_mode():
            if len(part) <= rows:
                result: Tensor = network(part.inputs(part.x))
                return result
            return cat([network(part.inputs(chunk)) for chunk in split(part.x, rows)])
    finally:
        network.train()
