"""How busy the GPU that trains is: looked at as events pass by, and told every half a minute."""

from collections.abc import Callable, Iterator
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from tui_lab.protocol.events import EpochEnded, Event, Measured
from tui_lab.protocol.observed_events import GpuObserved

if TYPE_CHECKING:
    from torch import device

EVERY_S, TOLD_S, GAP_S = 1.0, 30.0, 10.0
"""Seconds between two looks, and between two reports. After a pause it starts again."""

Load = Callable[[], float | None]
"""The fraction of the last moment in which the GPU computed something; None if it does not tell."""


def with_gpu_load(events: Iterator[Event], load: Load) -> Iterator[Event]:
    """The same events, and now and then a `GpuObserved`."""
    watch = GpuWatch(load)
    for event in events:
        yield event
        if isinstance(event, Measured | EpochEnded):
            observed = watch.look(event.epoch, event.step)
            if observed is not None:
                yield observed


def load_of(gpu: "device") -> Load:
    """Asks the driver about a GPU of torch; loads its library at the first call."""
    found: list[Load] = []

    def load() -> float | None:
        if not found:
            from tui_lab.engine.setup.device import gpu_uuid
            from tui_lab.session.machine import Gpus

            uuid, gpus = gpu_uuid(gpu), Gpus()
            found.append(lambda: gpus.load_of(uuid))
        return found[0]()

    return load


class GpuWatch:
    """The mean load since the last report. `clock`, `busy_s`: seconds, and those of the processor."""

    def __init__(
        self,
        load: Load,
        clock: Callable[[], float] = perf_counter,
        busy_s: Callable[[], float] = process_time,
    ) -> None:
        self._load, self._clock, self._busy_s = load, clock, busy_s
        self._silent = False
        self._loads: list[float] = []
        self._began_s = self._looked_s = float("-inf")
        self._busy_then_s = 0.0

    def look(self, epoch: int, step: int) -> GpuObserved | None:
        """Look again, unless that was a moment ago; what there is to report."""
        now = self._clock()
        if self._silent or now - self._looked_s < EVERY_S:
            return None
        load = self._load()
        if load is None:
            self._silent = True
            return None
        if now - self._looked_s > GAP_S:
            self._begin(now)
            return None
        self._looked_s = now
        self._loads.append(load)
        seconds = now - self._began_s
        if seconds < TOLD_S:
            return None
        mean, cores = sum(self._loads) / len(self._loads), (self._busy_s() - self._busy_then_s) / seconds
        self._begin(now)
        return GpuObserved(epoch, step, round(seconds, 1), round(mean, 3), round(cores, 2))

    def _begin(self, now: float) -> None:
        self._loads = []
        self._began_s = self._looked_s = now
        self._busy_then_s = self._busy_s()
