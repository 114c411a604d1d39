"""What the first run would otherwise wait for: torch's one-time initialisation, and imports."""

from functools import cache
from importlib import import_module

import torch
from torch import nn, optim

from tui_lab.experiment.sources import SOURCES


@cache
def warm_up() -> None:
    """Run one update of a tiny network, and import what reads data.

    The first use of an optimizer imports torch's compiler (about a second), and the first backward pass
    starts autograd's threads; without this, both would slow down the first epoch of the first run. The state
    of torch's random generator is restored.
    """
    with torch.random.fork_rng(devices=()):
        layer = nn.Linear(1, 1)
    optimizer = optim.SGD(layer.parameters(), 0.0)
    optimizer.zero_grad()
    layer(torch.zeros(2, 1)).sum().backward()
    optimizer.step()
    for record in SOURCES.values():
        import_module(f"{record.folder}.load")
