"""What is seen of the machine: its processor and memory, one process, and GPUs if NVML tells of any."""

import os
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import psutil
import pytest

from tests.waiting import until
from tui_lab.session.machine import GpuUsage, Look, Machine, Usage

GPU = GpuUsage("NVIDIA H200", 0.83, 3 << 30, 139 << 30, 41, 230.5)


class NVMLError(Exception):
    pass


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A driver with one GPU."""
    module = ModuleType("pynvml")
    answers = {
        "NVMLError": NVMLError,
        "NVML_TEMPERATURE_GPU": 0,
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda number: number,
        "nvmlDeviceGetName": lambda _: b"NVIDIA H200",
        "nvmlDeviceGetUtilizationRates": lambda _: SimpleNamespace(gpu=83),
        "nvmlDeviceGetMemoryInfo": lambda _: SimpleNamespace(used=3 << 30, total=139 << 30),
        "nvmlDeviceGetPowerUsage": lambda _: 230_500,
        "nvmlDeviceGetTemperature": lambda *_: 41,
    }
    for name, answer in answers.items():
        setattr(module, name, answer)
    monkeypatch.setitem(sys.modules, "pynvml", module)
    return module


def test_a_process_and_the_machine_it_runs_on() -> None:
    look = Look()
    look.take(os.getpid())
    sum(k * k for k in range(1_000_000))
    usage = look.take(os.getpid())
    assert usage.trainer == os.getpid()
    assert 0 < usage.trainer_cores <= usage.cores + 0.5
    assert usage.trainer_memory == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)
    assert 0 < usage.memory < usage.memory_total == psutil.virtual_memory().total
    assert 0 <= usage.cores_used <= usage.cores == psutil.cpu_count()


def test_a_process_that_has_gone_is_none() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    usage = Look().take(gone.pid)
    assert (usage.trainer, usage.trainer_cores, usage.trainer_memory) == (0, 0.0, 0)


def test_a_gpu_tells_load_memory_temperature_and_power(nvml: ModuleType) -> None:
    assert Look().take(0).gpus == (GPU,)


def test_what_a_gpu_does_not_tell_is_left_out(nvml: ModuleType) -> None:
    def refuse(*_: object) -> None:
        raise NVMLError("not supported")

    for name in ("UtilizationRates", "MemoryInfo", "PowerUsage", "Temperature", "Name"):
        setattr(nvml, f"nvmlDeviceGet{name}", refuse)
    assert Look().take(0).gpus == (GpuUsage("GPU", None, None, None, None, None),)


def test_a_driver_that_fails_is_no_gpu(nvml: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError("driver/library version mismatch")

    monkeypatch.setattr(nvml, "nvmlInit", fail)
    assert Look().take(0).gpus == ()


def test_it_is_looked_at_again_and_again_until_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_lab.session.machine.EVERY_S", 0.01)
    machine = Machine(os.getpid)
    assert machine.now is None
    machine.start()
    machine.start()
    until(lambda: len(machine.history) > 2)
    machine.stop()
    assert machine.now is not None
    assert machine.now.trainer == os.getpid()


def test_in_brief() -> None:
    usage = Usage(2, 1.5, 1, 2, 7, 0.97, 1, (GPU,))
    assert usage.brief(on_gpu=True) == "gpu 83%"
    assert usage.brief(on_gpu=False) == "cpu 97%"
    assert Usage(2, 1.5, 1, 2).brief(on_gpu=False) == ""
