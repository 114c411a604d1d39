"""Measuring the layers now and then, around updates that are made as all others are.

If an update passes through the modules of the network, they are looked at meanwhile. Otherwise a copy of the
network makes a forward and a backward pass of its own with the same batch before. Afterwards the weights are
compared with those before. The run does not notice: its network, optimizer and random state are not touched.
"""

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Protocol, TypeVar

import torch
from torch import nn

from tui_lab.data.batches import Batch, EpochBatches
from tui_lab.engine.diagnostics.extra_pass import ExtraPass
from tui_lab.engine.diagnostics.layer_pass import LayerPass
from tui_lab.engine.diagnostics.measuring_times import MeasuringTimes
from tui_lab.engine.diagnostics.own_pass import OwnPass
from tui_lab.engine.setup.random_state import random_state_kept
from tui_lab.engine.state.training_state import Training
from tui_lab.errors import InputError
from tui_lab.protocol.events import Warned
from tui_lab.protocol.layer_events import LayersMeasured
from tui_lab.safe import safe

_Found = TypeVar("_Found")
FEW_ROWS = 16
"""A batch of fewer rows says little about a unit: then the outputs are those of more rows."""
_ROOM = 6
"""A copy, its gradients and what they are made with take as many times the weights' memory on a GPU."""


class Updating(Protocol):
    """What makes the updates: a stepper.

    `watchable`: an update passes through the network's modules, and calls `after_backward`, if there is one,
    once each weight has its whole gradient.
    """

    watchable: bool
    after_backward: Callable[[], None] | None

    def advance(self, batches: EpochBatches, most: int) -> bool:
        """Make up to `most` updates; False if a loss is not finite."""
        ...


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

    def around(self, stepper: Updating, batches: EpochBatches) -> bool:
        """Have the next update made by `stepper`, and measure it; what `advance` says.

        If the measuring fails, the update is made all the same, and nothing is measured any more.
        """
        training = self._training
        sizes = training.hyper.batch_size, training.sizes[training.position]
        few = min(sizes) < FEW_ROWS
        if stepper.watchable and training.hyper.speed == "exact" and not few:
            return self._watched(stepper, batches)
        began = perf_counter()
        ahead = self._attempt(lambda: self._pass_with(batches.peek(), few=few))
        passed = perf_counter()
        made = stepper.advance(batches, 1)
        updated = perf_counter()
        if made and ahead is not None:
            self._compare(ahead)
        self.times.measured(training.step, passed - began + perf_counter() - updated)
        return made

    def _watched(self, stepper: Updating, batches: EpochBatches) -> bool:
        """Measure the passes of the update itself, which takes a fraction of passes of our own."""
        own = self._attempt(lambda: OwnPass(self._training))
        if own is None:
            return stepper.advance(batches, 1)
        stepper.after_backward = own.look_at_gradients
        try:
            with own.looking():
                made = stepper.advance(batches, 1)
        finally:
            stepper.after_backward = None
        began = perf_counter()
        if made:
            self._compare(own)
        self.times.measured(self._training.step, own.seconds + perf_counter() - began)
        return made

    def _compare(self, seen: LayerPass) -> None:
        found = self._attempt(lambda: seen.compared(self._training))
        self._found += [found] if found is not None else []

    def news(self) -> Iterator[LayersMeasured | Warned]:
        """What was not reported yet, of steps that count; and why nothing is measured any more."""
        found, self._found = self._found, []
        yield from (measured for measured in found if measured.step <= self._training.step)
        if self._failed:
            yield Warned(f"the layers are not measured while this run trains: {self._failed}")
            self._failed = ""

    def _pass_with(self, batch: Batch, *, few: bool) -> ExtraPass:
        training = self._training
        if len(batch[0]) != len(batch[1]):
            raise InputError("each rank reads only its own rows of data that are not kept on its device")
        if _short_of_memory(training.network, training.prepared.device):
            raise MemoryError("too little memory is free on the GPU")
        with random_state_kept(training.prepared.device):
            return ExtraPass(training, *batch, few=few)

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
