"""What the first run would otherwise wait for: torch's one-time initialisation, and imports."""

from functools import cache
from importlib import import_module

import torch
from torch import nn

from tui_lab.experiment.sources import SOURCES


@cache
def warm_up() -> None:
    """Start autograd's threads. The state of torch's random generator is restored."""
    with torch.random.fork_rng(devices=()):
        layer = nn.Linear(1, 1)
    layer(torch.zeros(2, 1)).sum().backward()


def warm_up_for_any_run() -> None:
    """The same before it is known what will be trained: also import what reads each kind of data."""
    warm_up()
    for record in SOURCES.values():
        import_module(f"{record.folder}.load")
