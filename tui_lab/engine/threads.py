"""How many threads of the CPU torch may use for a network.

torch takes as many as there are cores. For small networks that is a loss everywhere, and a disaster on a
box that others use as well: after every operation the threads wait for each other, and one of them may not
have a core. Measured on two cores, steps a second with 2 threads against 1: multiclass 0.65, cnn 0.7
while the machine was quiet; multiclass 0.06 while it was busy.
"""

import os
from collections.abc import Iterable
from functools import cache
from math import prod

import torch

from tui_lab.protocol.events import LayerBuilt
from tui_lab.spec.shapes import PlannedLayer

WORK_PER_THREAD = 50_000_000


def multiply_adds(planned: Iterable[PlannedLayer | LayerBuilt]) -> int:
    """Multiplications and additions of one row on its way through the network, weights only."""
    return sum(item.parameters * prod(item.output_shape[1:]) for item in planned)


def choose_threads(planned: Iterable[PlannedLayer | LayerBuilt], rows: int) -> int:
    """Set and give torch's thread count for steps of `rows` rows; OMP_NUM_THREADS, if set, stands.

    It follows from the network and the batch alone, never from how busy the machine is, so that the
    same run has the same count and with it the same losses.
    """
    most = _most()
    if "OMP_NUM_THREADS" not in os.environ:
        work = 3 * rows * multiply_adds(planned)  # forward, and twice as much backward
        torch.set_num_threads(max(1, min(most, work // WORK_PER_THREAD)))
    return torch.get_num_threads()


@cache
def _most() -> int:
    """What torch chose by itself, before anybody set it."""
    return torch.get_num_threads()
