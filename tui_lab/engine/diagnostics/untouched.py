"""Asking the network of a running run something that must not show in the run."""

from collections.abc import Iterator
from contextlib import contextmanager

from tui_lab.engine.setup.random_state import random_state_kept
from tui_lab.engine.state.best_weights import copy_tensors
from tui_lab.engine.state.training_state import Training


@contextmanager
def untouched(training: Training) -> Iterator[None]:
    """Afterwards buffers and random state are what they were, whatever a user's network does to them."""
    buffers = list(training.network.buffers())
    before = [buffer.detach().clone() for buffer in buffers]
    with random_state_kept(training.prepared.device):
        try:
            yield
        finally:
            copy_tensors(before, buffers)
