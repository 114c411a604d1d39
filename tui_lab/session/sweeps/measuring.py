"""How the trials of an experiment are best trained on this machine: measured, not guessed."""

import os
from queue import SimpleQueue
from time import perf_counter
from typing import TYPE_CHECKING

import psutil

from tui_lab.errors import LabError
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.session.sweeps.messages import Measured

if TYPE_CHECKING:
    from tui_lab.engine.setup.prepare import Prepared

_ENOUGH_S, _EPOCHS = 0.5, 20
"""An experiment is tried for so long, or so many epochs, whichever is less; at least for some updates."""
_GAIN = 1.1
"""So much faster several processes must be than one with all cores."""
_GPU_WORKERS = 2


def cores() -> int:
    """The CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def measure(experiment: Experiment, *, exact: bool, code: Code = NO_CODE) -> Measured:
    """Try an experiment for a moment. `exact`: its `speed` is not changed to `fast`."""
    import torch

    from tui_lab.engine.native.stack import why_not
    from tui_lab.session.recorder import prepare

    try:
        prepared = prepare(experiment, code=code)
    except LabError as error:
        return Measured(error.problems)
    count = cores()
    hyper = experiment.hyperparameters
    native = not why_not(prepared, hyper)
    if native and not exact and hyper.speed == "exact":
        hyper = hyper.model_copy(update={"speed": "fast"})
        prepared = prepare(experiment.model_copy(update={"hyperparameters": hyper}), code=code)
    if prepared.device.type != "cpu":
        epoch_s = _epoch_s(prepared)
        how = f"{_GPU_WORKERS} processes on {prepared.device}"
        return _measured(hyper.speed, _GPU_WORKERS, torch.get_num_threads(), epoch_s, how)
    threads = torch.get_num_threads()
    if native and hyper.speed == "fast":
        how = f"{_processes(count)}, in compiled code"
        return _measured("fast", count, 1, _epoch_s(prepared), how)
    together_s = _epoch_s(prepared)
    if threads == 1 or count == 1:
        return _measured(hyper.speed, count, 1, together_s, f"{_processes(count)}, with torch")
    torch.set_num_threads(1)
    alone_s = _epoch_s(prepared)
    torch.set_num_threads(threads)
    if count / alone_s > _GAIN / together_s:
        how = f"{_processes(count)}, with torch: {count * together_s / alone_s:.1f} times as fast as one"
        return _measured(hyper.speed, count, 1, alone_s, how)
    how = f"one after another with {threads} threads, which is as fast as several at a time"
    return _measured(hyper.speed, 1, threads, together_s, how)


def _processes(count: int) -> str:
    return (
        f"{count} trials at a time, one on each core" if count > 1 else "one after another on the only core"
    )


def _measured(speed: str, workers: int, threads: int, epoch_s: float, how: str) -> Measured:
    memory = psutil.Process().memory_info().rss
    fast = "fast" if speed == "fast" else "exact"
    return Measured((), fast, workers, threads, epoch_s, memory, how)  # type: ignore[arg-type]


def _epoch_s(prepared: "Prepared") -> float:
    """Seconds of an epoch, tried on a copy: the first one is left out if there are several."""
    from copy import deepcopy
    from dataclasses import replace

    from tui_lab.engine.loop import run
    from tui_lab.engine.short_runs import train_some
    from tui_lab.engine.state.training_state import Training
    from tui_lab.protocol.events import EpochEnded

    tried = replace(prepared, network=deepcopy(prepared.network))
    training, steps = Training(tried), 1
    train_some(training, 1)
    while True:
        began = perf_counter()
        train_some(training, steps)
        step_s = (perf_counter() - began) / steps
        if step_s * steps > _ENOUGH_S / 10 or steps >= len(prepared.sizes):
            break
        steps = min(steps * 2, len(prepared.sizes))
    if step_s * len(prepared.sizes) > _ENOUGH_S:
        return step_s * len(prepared.sizes) * 1.1  # with the validation
    began, ended = perf_counter(), []
    tried = replace(prepared, network=deepcopy(prepared.network))
    for event in run(tried, SimpleQueue()):
        if isinstance(event, EpochEnded):
            ended.append(perf_counter())
            if len(ended) >= _EPOCHS or perf_counter() - began > _ENOUGH_S:
                break
    times = [b - a for a, b in zip([began, *ended], ended, strict=False)]
    later = times[1:] or times
    return sum(later) / len(later) if later else step_s * len(prepared.sizes)
