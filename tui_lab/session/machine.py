"""How busy the machine is: processor, memory and GPUs, and what the process that trains uses of them."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

EVERY_S, KEPT = 2.0, 300
"""How often it is looked at, and how many looks are kept: ten minutes."""


@dataclass(frozen=True, slots=True)
class GpuUsage:
    """A GPU. `load`: the fraction of time in which it computed something. None: it does not tell."""

    name: str
    load: float | None
    memory: int | None
    memory_total: int | None
    celsius: int | None
    watts: float | None


@dataclass(frozen=True, slots=True)
class Usage:
    """One look. Processor use in cores, of `cores`; memory in bytes.

    `trainer`: the process that trains, 0 if there is none here; `trainer_cores` and `trainer_memory` are what
    it uses.
    """

    cores: int
    cores_used: float
    memory: int
    memory_total: int
    trainer: int = 0
    trainer_cores: float = 0.0
    trainer_memory: int = 0
    gpus: tuple[GpuUsage, ...] = ()

    def brief(self, *, on_gpu: bool) -> str:
        """What the training uses, in a few characters; empty if nothing trains here. `on_gpu`: on a GPU."""
        loads = [gpu.load for gpu in self.gpus if gpu.load is not None]
        if on_gpu and loads:
            return f"gpu {max(loads):.0%}"
        return f"cpu {self.trainer_cores:.0%}" if self.trainer else ""


class Machine:
    """Looks at the machine again and again, on a thread of its own, once it is started."""

    def __init__(self, trainer: Callable[[], int]) -> None:
        """`trainer`: the process id of the one that trains, 0 if there is none; called on the thread."""
        self._trainer = trainer
        self.history: deque[Usage] = deque(maxlen=KEPT)
        self._started = False
        self._end = Event()

    @property
    def now(self) -> Usage | None:
        return self.history[-1] if self.history else None

    def start(self) -> None:
        """Begin; further calls do nothing."""
        if not self._started:
            self._started = True
            Thread(target=self._look_on, name="machine", daemon=True).start()

    def stop(self) -> None:
        self._end.set()

    def _look_on(self) -> None:
        look = Look()
        while True:
            with suppress(OSError):  # /proc may be closed to us: then there is nothing to show
                self.history.append(look.take(self._trainer()))
            if self._end.wait(EVERY_S):
                return


class Look:
    """Takes looks; use of the processor is that since the one before."""

    def __init__(self) -> None:
        import psutil

        self._psutil = psutil
        self._process: Any = None
        self._gpus = Gpus()
        psutil.cpu_percent()

    def take(self, trainer: int) -> Usage:
        """Look once. Raises OSError where the system does not let us."""
        psutil = self._psutil
        cores, memory = psutil.cpu_count() or 1, psutil.virtual_memory()
        pid, used, own = self._look_at(trainer)
        busy = psutil.cpu_percent() / 100 * cores
        return Usage(
            cores,
            busy,
            memory.total - memory.available,
            memory.total,
            pid,
            used,
            own,
            tuple(self._gpus.look()),
        )

    def _look_at(self, pid: int) -> tuple[int, float, int]:
        """The process, the cores it uses and its memory; zeros if it has gone."""
        try:
            if not pid:
                raise self._psutil.NoSuchProcess(pid)
            if self._process is None or self._process.pid != pid:
                self._process = self._psutil.Process(pid)
                self._process.cpu_percent()
            return pid, self._process.cpu_percent() / 100, self._process.memory_info().rss
        except self._psutil.Error:
            self._process = None
            return 0, 0.0, 0


class Gpus:
    """NVIDIA's GPUs by NVML, if its library and a driver are there; none otherwise."""

    def __init__(self) -> None:
        self._nvml: Any = None
        self._handles: list[Any] = []
        with suppress(Exception):  # no library, no driver, no permission: no GPU to show
            import pynvml

            pynvml.nvmlInit()
            self._handles = [pynvml.nvmlDeviceGetHandleByIndex(k) for k in range(pynvml.nvmlDeviceGetCount())]
            self._nvml = pynvml

    def look(self) -> Iterator[GpuUsage]:
        for handle in self._handles:
            nvml = self._nvml
            load = self._ask(nvml.nvmlDeviceGetUtilizationRates, handle)
            memory = self._ask(nvml.nvmlDeviceGetMemoryInfo, handle)
            power = self._ask(nvml.nvmlDeviceGetPowerUsage, handle)
            name = self._ask(nvml.nvmlDeviceGetName, handle) or "GPU"
            yield GpuUsage(
                name=name.decode(errors="replace") if isinstance(name, bytes) else str(name),
                load=None if load is None else load.gpu / 100,
                memory=None if memory is None else int(memory.used),
                memory_total=None if memory is None else int(memory.total),
                celsius=self._ask(nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU),
                watts=None if power is None else power / 1000,
            )

    def load_of(self, uuid: str) -> float | None:
        """The load of the GPU with this identifier, as in `GpuUsage`; None if nobody tells."""
        if self._nvml is None:
            return None
        handle = self._ask(self._nvml.nvmlDeviceGetHandleByUUID, uuid)
        load = None if handle is None else self._ask(self._nvml.nvmlDeviceGetUtilizationRates, handle)
        return None if load is None else float(load.gpu) / 100

    def _ask(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """An answer; None if this GPU does not give it."""
        try:
            return question(*arguments)
        except self._nvml.NVMLError:
            return None
