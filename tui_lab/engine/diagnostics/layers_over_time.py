"""Measuring the layers now and then, around updates that are made as all others are.

Before such an update a copy of the network makes a forward and a backward pass of its own with the same
batch; afterwards the weights are compared with those of the copy. The run does not notice: its network,
optimizer and random state are not touched.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from tui_lab.data.batches import Batch
from tui_lab.engine.diagnostics.extra_pass import ExtraPass
from tui_lab.engine.diagnostics.measuring_times import MeasuringTimes
from tui_lab.engine.state.training_state import Training
from tui_lab.protocol.events import Warned
from tui_lab.protocol.layer_events import LayersMeasured
from tui_lab.safe import safe

_Found = TypeVar("_Found")
_ROOM = 6
"""A copy, its gradients and what they are made with take as many times the weights' memory on a GPU."""


class LayersOverTime:
    """Measures updates when it is time to; `news` gives what was found."""

    def __init__(self, training: Training, times: MeasuringTimes) -> None:
        self.times = times
        self._training = training
        self._found: list[LayersMeasured] = []
        self._failed = ""
        if training.prepared.device.type not in ("cpu", "cuda"):
            times.stop()  # nobody has checked there that the random state stays as it is

    @property
    def due(self) -> bool:
        """Whether to measure the next update; not the last of an epoch, if it has fewer rows."""
        training = self._training
        if training.sizes[training.position] < training.sizes[0]:
            self.times.postpone(training.step)
            return False
        return self.times.is_due(training.step)

    def around(self, batch: Batch, update: Callable[[], bool]) -> bool:
        """Make an update with `batch`, by `update`, and measure it; what `update` says.

        If the measuring fails, the update is made all the same, and nothing is measured any more.
        """
        began = perf_counter()
        ahead = self._attempt(lambda: self._pass_with(batch))
        passed = perf_counter()
        made = update()
        updated = perf_counter()
        if ahead is not None and made:
            found = self._attempt(lambda: ahead.compared(self._training))
            self._found += [found] if found is not None else []
        self.times.measured(self._training.step, passed - began + perf_counter() - updated)
        return made

    def news(self) -> Iterator[LayersMeasured | Warned]:
        """What was not reported yet, of steps that count; and why nothing is measured any more."""
        found, self._found = self._found, []
        yield from (measured for measured in found if measured.step <= self._training.step)
        if self._failed:
            yield Warned(f"the layers are not measured while this run trains: {self._failed}")
            self._failed = ""

    def _pass_with(self, batch: Batch) -> ExtraPass:
        training = self._training
        if _short_of_memory(training.network, training.prepared.device):
            raise MemoryError("too little memory is free on the GPU")
        with _random_state_kept(training.prepared.device):
            return ExtraPass(training, *batch)

    def _attempt(self, work: Callable[[], _Found]) -> _Found | None:
        try:
            return work()
        except Exception as error:  # a network that cannot be copied, or no memory: no reason to end a run
            self.times.stop()
            self._failed = safe(str(error).strip().split("\n")[0], 160) or type(error).__name__
            return None


def _short_of_memory(network: nn.Module, device: torch.device) -> bool:
    """Whether a copy might take memory on a GPU that the run itself needs."""
    if device.type != "cuda":
        return False
    weights = sum(weight.nbytes for weight in network.parameters())
    free = torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device)
    return _ROOM * weights > free - torch.cuda.memory_allocated(device)


@contextmanager
def _random_state_kept(device: torch.device) -> Iterator[None]:
    """What is drawn inside is drawn again afterwards, also by user code that draws elsewhere."""
    python, numpys = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpys)
