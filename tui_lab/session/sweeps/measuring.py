"""How the trials of an experiment are best trained on this machine: measured, not guessed."""

import os
from dataclasses import replace
from queue import SimpleQueue
from time import perf_counter
from typing import TYPE_CHECKING

import psutil

from tui_lab.errors import LabError
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters, Speed
from tui_lab.session.sweeps.messages import Measured

if TYPE_CHECKING:
    from tui_lab.engine.setup.prepare import Prepared

_ENOUGH_S, _EPOCHS = 0.5, 20
"""An experiment is tried for so long, or so many epochs, whichever is less; at least for some updates."""
_GAIN = 1.1
"""So much faster several processes must be than one with all cores."""
_GPU_WORKERS = 2
_TRIED, STACKED, STACKED_ON_GPU = 16, 64, 1024
"""Trials that are stacked to measure it, and to train."""


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
        return _on_gpu(prepared, hyper)
    threads = torch.get_num_threads()
    if native and hyper.speed == "fast":
        return _measured("fast", count, 1, _epoch_s(prepared), f"{_processes(count)}, in compiled code")
    alone_s = _epoch_s(prepared)
    if (stacked_s := _stacked_epoch_s(prepared, hyper)) and stacked_s * _GAIN < alone_s:
        how = f"{STACKED} trials as one in each of {count} processes, {alone_s / stacked_s:.1f} times as fast"
        return replace(_measured(hyper.speed, count, 1, stacked_s, how), together=STACKED)
    if threads == 1 or count == 1:
        return _measured(hyper.speed, count, 1, alone_s, f"{_processes(count)}, with torch")
    torch.set_num_threads(1)
    single_s = _epoch_s(prepared)
    torch.set_num_threads(threads)
    if count / single_s > _GAIN / alone_s:
        how = f"{_processes(count)}, with torch: {count * alone_s / single_s:.1f} times as fast as one"
        return _measured(hyper.speed, count, 1, single_s, how)
    how = f"one after another with {threads} threads, which is as fast as several at a time"
    return _measured(hyper.speed, 1, threads, alone_s, how)


def _on_gpu(prepared: "Prepared", hyper: Hyperparameters) -> Measured:
    """Many as one where they can be stacked, else a few processes."""
    import torch

    alone_s, threads = _epoch_s(prepared), torch.get_num_threads()
    if (stacked_s := _stacked_epoch_s(prepared, hyper)) and stacked_s * _GAIN < alone_s / _GPU_WORKERS:
        how = f"{STACKED_ON_GPU} trials as one on {prepared.device}, {alone_s / stacked_s:.1f} times as fast"
        return replace(_measured(hyper.speed, 1, threads, stacked_s, how), together=STACKED_ON_GPU)
    how = f"{_GPU_WORKERS} processes on {prepared.device}"
    return _measured(hyper.speed, _GPU_WORKERS, threads, alone_s, how)


def _stacked_epoch_s(prepared: "Prepared", hyper: Hyperparameters) -> float:
    """Seconds of an epoch of one of some trials that are trained as one; 0 if they cannot be."""
    from copy import deepcopy

    from tui_lab.engine.stacked.groups import why_not_stacked
    from tui_lab.engine.stacked.together import Together, Trial
    from tui_lab.protocol.events import EpochEnded

    if why_not_stacked(prepared, hyper):
        return 0.0
    trials = [Trial(replace(prepared, network=deepcopy(prepared.network))) for _ in range(_TRIED)]
    ended, began = 0, perf_counter()
    for _, event in Together(trials):
        ended += isinstance(event, EpochEnded)
        if ended == _TRIED and isinstance(event, EpochEnded):
            began = perf_counter()  # the first epochs are made one by one
        elif ended > _TRIED and perf_counter() - began > _ENOUGH_S:
            break
    return (perf_counter() - began) / max(1, ended - _TRIED)


def _processes(count: int) -> str:
    return (
        f"{count} trials at a time, one on each core" if count > 1 else "one after another on the only core"
    )


def _measured(speed: Speed, workers: int, threads: int, epoch_s: float, how: str) -> Measured:
    return Measured((), speed, workers, threads, epoch_s, psutil.Process().memory_info().rss, how)


def _epoch_s(prepared: "Prepared") -> float:
    """Seconds of an epoch, tried on a copy: the first one is left out if there are several."""
    from copy import deepcopy

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
