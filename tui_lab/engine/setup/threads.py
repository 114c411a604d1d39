"""How many CPU threads torch may use for a network.

torch uses as many as there are cores. For small networks that is always slower, and disastrous on a shared
machine: after every operation the threads wait for each other, and one of them may not have a core. Measured
on two cores, steps per second with 2 threads relative to 1: multiclass 0.65, cnn 0.7 on a quiet machine;
multiclass 0.06 on a busy one.
"""

import os
from collections.abc import Iterable
from functools import cache
from math import prod

import torch

from tui_lab.engine.ranks.group import current
from tui_lab.experiment.network.layer_kinds import PlannedLayer
from tui_lab.protocol.events import LayerBuilt

WORK_PER_THREAD = 50_000_000


def multiply_adds(planned: Iterable[PlannedLayer | LayerBuilt]) -> int:
    """Multiply-adds of the forward pass of one row, weights only."""
    return sum(item.parameters * prod(item.output_shape[1:]) for item in planned)


def choose_threads(planned: Iterable[PlannedLayer | LayerBuilt], rows: int) -> int:
    """Set and return torch's thread count for steps of `rows` rows; OMP_NUM_THREADS, if set, has priority.

    It depends only on the network and the batch, never on the load of the machine, so that a run always has
    the same count and therefore the same losses. Ranks on one machine share its cores.
    """
    most = max(1, _most() // current().local)
    if "OMP_NUM_THREADS" not in os.environ:
        work = 3 * rows * multiply_adds(planned)  # forward, plus twice as much backward
        torch.set_num_threads(max(1, min(most, work // WORK_PER_THREAD)))
    return torch.get_num_threads()


@cache
def _most() -> int:
    """torch's own choice, before it was changed."""
    return torch.get_num_threads()
