"""Runs a second of many trials: one after another in one process, and in a process for each core."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

import psutil

from tests.benchmarks.turns import ratio
from tui_lab.experiment.presets import all_presets
from tui_lab.runs.folder.folder import create
from tui_lab.session.recorder import prepare, record_run

_THREADS = "OMP_NUM_THREADS"


class Sweep(NamedTuple):
    """Trials of a preset that differ in their seed; `epochs`: 0 for those of the preset. None stops early."""

    preset: str
    trials: int = 64
    epochs: int = 0
    fast: bool = True


SWEEPS = (Sweep("regression"), Sweep("binary"), Sweep("multiclass"), Sweep("cnn", 16, epochs=3, fast=False))
TURNS = 4


def trial(sweep: Sweep, speed: str, seed: int) -> float:
    """Train and record a trial as a run of its own; returns the seconds of the processor it took."""
    began = process_time()
    asked = all_presets()[sweep.preset].experiment(device="cpu")
    hyper = asked.hyperparameters
    changed = {"speed": speed, "seed": seed, "patience": 0, "epochs": sweep.epochs or hyper.epochs}
    asked = asked.model_copy(update={"hyperparameters": hyper.model_copy(update=changed)})
    with tempfile.TemporaryDirectory() as root:
        folder, prepared = create(Path(root), asked), prepare(asked)
        for _ in record_run(prepared, folder, SimpleQueue(), diagnostics=False, save_at_once=False):
            pass
        return process_time() - began


@contextmanager
def processes(count: int) -> Iterator[Pool]:
    """Processes with one thread each, which have trained before."""
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        pool = get_context("spawn").Pool(count)
    finally:
        os.environ.pop(_THREADS)
        if before is not None:
            os.environ[_THREADS] = before
    with pool:
        pool.map(partial(trial, Sweep("multiclass", epochs=1), "fast"), range(4 * count), chunksize=1)
        yield pool


def rates_of(
    sweep: Sweep, pool: Pool, count: int, turns: int, time: Callable[[], float] = perf_counter
) -> dict[str, list[float]]:
    """Runs a second of each way, one for each turn of some of the trials.

    `time`: with `process_time`, seconds of the processor; `count` processes share them alike.
    """
    there = "fast" if sweep.fast else "exact"
    ways: dict[str, tuple[Callable[[Sequence[int]], list[float]], int]] = {
        "exact": (lambda seeds: [trial(sweep, "exact", seed) for seed in seeds], 1)
    }
    if sweep.fast:
        ways["fast"] = (lambda seeds: [trial(sweep, "fast", seed) for seed in seeds], 1)
    ways["cores"] = (lambda seeds: pool.map(partial(trial, sweep, there), seeds, chunksize=1), count)
    for speed in dict.fromkeys(("exact", there)):  # the first has to import, or to compile
        trial(sweep._replace(epochs=1), speed, 0)
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(turns):
        seeds = range(turn, sweep.trials, turns)
        for name, (train, sharing) in ways.items():
            began = perf_counter()
            used_s = sum(train(seeds)) / sharing
            rates[name].append(len(seeds) / (used_s if time is process_time else perf_counter() - began))
    return rates


def report(time: Callable[[], float] = perf_counter) -> None:
    """Print runs a second, and how many times those of one after another at speed `exact`."""
    cores = (
        len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else os.cpu_count()
    )
    count, began = cores or 1, perf_counter()
    with processes(count) as pool:
        print(
            f"one after another in one process, and in {count} processes with a thread each (ready after "
            f"{perf_counter() - began:.1f} s); load {os.getloadavg()[0]:.1f}"
        )
        print(f"{'preset':<12}{'trials':>7}{'exact/s':>9}{'fast/s':>9}{'times':>7}{'cores/s':>9}{'times':>7}")
        for sweep in SWEEPS:
            rates = rates_of(sweep, pool, count, TURNS, time)
            row = f"{sweep.preset:<12}{sweep.trials:>7}{median(rates['exact']):>9.2f}"
            for name in ("fast", "cores"):
                found = rates.get(name)
                times = f"{ratio(found, rates['exact']):>7.1f}" if found else f"{'-':>7}"
                row += (f"{median(found):>9.2f}" if found else f"{'-':>9}") + times
            print(row, flush=True)
        print(f"load {os.getloadavg()[0]:.1f}")
