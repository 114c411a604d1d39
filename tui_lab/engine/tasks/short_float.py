"""Numbers as they are written to the journal of a run."""

from torch import Tensor


def short_float(value: Tensor) -> float:
    """A float32 as a short decimal: 0.8888889 instead of 0.8888888955116272."""
    return float(f"{float(value):.7g}")
