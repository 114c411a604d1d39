"""What a run on a GPU tells of its load: seldom, without pauses, and nothing where nobody can tell."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from tests.session.test_machine import nvml as nvml  # the fixture
from tui_lab.protocol.events import Event, Measured, RunEnded
from tui_lab.protocol.observed_events import GpuObserved
from tui_lab.session import gpu_watch
from tui_lab.session.gpu_watch import GpuWatch, load_of, with_gpu_load
from tui_lab.session.machine import Gpus


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def told(watch: GpuWatch, clock: Clock, seconds: int) -> list[GpuObserved]:
    """What it says while events come ten times a second."""
    found = []
    for step in range(10 * seconds):
        clock.now += 0.1
        found.append(watch.look(1, step))
    return [one for one in found if one is not None]


def test_the_mean_load_is_told_every_half_a_minute() -> None:
    clock, asked = Clock(), list[float]()

    def load() -> float:
        asked.append(clock.now)
        return 0.2 if len(asked) % 2 else 0.6

    watch = GpuWatch(load, clock, busy_s=lambda: 0.9 * clock.now)
    first, second = told(watch, clock, 63)
    assert len(asked) <= 64, "once a second"
    assert first.load == pytest.approx(0.4, abs=0.02) and first.cores == 0.9
    assert first.seconds == pytest.approx(30, abs=1.1) == second.seconds


def test_a_pause_is_left_out() -> None:
    clock = Clock()
    watch = GpuWatch(lambda: 0.5, clock, busy_s=lambda: 0.0)
    assert told(watch, clock, 20) == []
    clock.now += 3600
    assert told(watch, clock, 29) == []
    (observed,) = told(watch, clock, 4)
    assert observed.seconds < 32


def test_a_gpu_that_does_not_tell_is_asked_once() -> None:
    clock, asked = Clock(), list[float]()
    watch = GpuWatch(lambda: asked.append(clock.now), clock)
    assert told(watch, clock, 40) == []
    assert len(asked) == 1


def test_events_pass_and_the_end_stays_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_watch, "EVERY_S", 0.0)
    monkeypatch.setattr(gpu_watch, "TOLD_S", 0.0)
    trained: list[Event] = [Measured(1, step, {}) for step in range(3)]
    events = list(with_gpu_load(iter([*trained, RunEnded("finished", "done")]), lambda: 0.5))
    assert [event for event in events if not isinstance(event, GpuObserved)][:3] == trained
    assert [event.load for event in events if isinstance(event, GpuObserved)] == [0.5, 0.5]
    assert isinstance(events[-1], RunEnded)


def test_the_gpu_of_the_run_is_asked_by_its_identifier(
    nvml: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui_lab.engine.setup import device

    def handle(uuid: str) -> str:
        if uuid != "GPU-7":
            raise nvml.NVMLError("not found")
        return uuid

    monkeypatch.setattr(nvml, "nvmlDeviceGetHandleByUUID", handle, raising=False)
    assert Gpus().load_of("GPU-7") == 0.83
    assert Gpus().load_of("GPU-8") is None
    properties = SimpleNamespace(uuid="7")
    monkeypatch.setattr(device.torch.cuda, "get_device_properties", lambda _: properties)
    assert load_of(device.torch.device("cuda:0"))() == 0.83
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert load_of(device.torch.device("cuda:0"))() is None, "no library"
