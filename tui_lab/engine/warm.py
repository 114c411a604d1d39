"""What torch does once, done before somebody waits for it."""

from functools import cache

import torch
from torch import nn, optim


@cache
def warm_up() -> None:
    """Make one update of a tiny network.

    The first use of an optimizer imports torch's compiler (about a second), and the first backward pass
    starts the threads of autograd; without this the first epoch of the first run would carry both.
    The state of torch's random generator is left as it was.
    """
    with torch.random.fork_rng(devices=()):
        layer = nn.Linear(1, 1)
    optimizer = optim.SGD(layer.parameters(), 0.0)
    optimizer.zero_grad()
    layer(torch.zeros(2, 1)).sum().backward()
    optimizer.step()
