"""Many trials as one on a GPU: their speed with recorded updates and with the kernel, and their losses."""

from collections.abc import Iterator
from queue import SimpleQueue
from statistics import median

import torch

from tests.benchmarks.contestants import loops
from tests.benchmarks.turns import in_turns
from tests.gpu.size import Size
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.stacked.together import Together, Trial
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.events import EpochEnded, Event

WITHIN = 1e-5
"""Of the losses of an epoch, relative, without dropout."""
SPEEDS = ("exact", "fast")


def report(device: torch.device, size: Size) -> bool:
    """Print steps a second of one trial and of many, and how far losses differ; returns if that is little."""
    many, close = (256, 1024) if size.turns > 1 else (4,), True
    print(f"\n{'trials as one':<24}{'steps/s':>12}{'losses differ by':>18}")
    for speed in SPEEDS:
        alone = {"one alone": loops.turn_of(_steps_alone(asked(device, 0, speed)))}
        print(f"{f'{speed}, one alone':<24}{_rate(alone, device, size):>12.0f}", flush=True)
        for trials in many:
            together = {"together": loops.turn_of(_steps_together(device, trials, speed))}
            rate, off = _rate(together, device, size), difference(device, speed)
            close &= off < WITHIN
            print(f"{f'{speed}, {trials}':<24}{rate:>12.0f}{off:>18.1e}", flush=True)
    return close


def asked(device: torch.device, seed: int, speed: str, **hyper: object) -> Experiment:
    return loops.endless("regression", str(device), seed=seed, speed=speed, batch_size=32, **hyper)


def difference(device: torch.device, speed: str) -> float:
    """The largest relative difference of the losses of three epochs, from those of the eager step alone."""
    each = [asked(device, seed, speed, dropout=0.0, epochs=3) for seed in range(4)]
    found: list[list[float]] = [[] for _ in each]
    for number, event in Together([Trial(prepare(one)) for one in each]):
        if isinstance(event, Exception):
            raise event
        found[number] += _loss(event)
    worst = 0.0
    for seed, losses in enumerate(found):
        alone = run(prepare(asked(device, seed, "exact", dropout=0.0, epochs=3)), SimpleQueue())
        expected = [loss for event in alone for loss in _loss(event)]
        pairs = zip(losses, expected, strict=True)
        worst = max(worst, *(abs(a - b) / abs(b) for a, b in pairs))
    return worst


def _loss(event: Event) -> list[float]:
    return [event.train_loss, event.val_loss] if isinstance(event, EpochEnded) else []


def _rate(contestant: dict[str, loops.Turn], device: torch.device, size: Size) -> float:
    (rates,) = in_turns(contestant, size.turns, size.turn_s, device).values()
    return median(rates)


def _steps_alone(one: Experiment) -> Iterator[int]:
    for event in run(prepare(one), SimpleQueue()):
        if isinstance(event, EpochEnded):
            yield event.step


def _steps_together(device: torch.device, trials: int, speed: str) -> Iterator[int]:
    prepared = [prepare(asked(device, seed, speed)) for seed in range(trials)]
    for number, event in Together([Trial(one) for one in prepared]):
        if number == trials - 1 and isinstance(event, EpochEnded):
            yield trials * event.step
