"""Steps a second of the lab, as a share of the floor and beside other loops (`contestants/`)."""

import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from itertools import product
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from tests.benchmarks.contestants import libraries, loops
from tests.benchmarks.turns import Turn, in_turns, ratio
from tui_lab.engine.setup.device import choose_device
from tui_lab.engine.setup.prepare import Prepared
from tui_lab.session.recorder import prepare

TURNS, TURN_S = 4, 0.25
LONG_TURNS, LONG_TURN_S = 10, 2.0
"""Layers are measured every few hundred milliseconds."""


class Case(NamedTuple):
    """A preset with another batch size; without dropout, scikit-learn can train the same network."""

    preset: str
    batch_size: int
    dropout: bool = True

    @property
    def hyper(self) -> dict[str, object]:
        return {"batch_size": self.batch_size} | ({} if self.dropout else {"dropout": 0.0})


CASES = (
    Case("regression", 32),
    Case("regression", 32, dropout=False),
    Case("regression", 256),
    Case("binary", 16),
    Case("binary", 16, dropout=False),
    Case("multiclass", 8),
    Case("cnn", 32),
    Case("shapes", 32),
)
LOOPS = {"floor": loops.floor, "plain": loops.plain, "textbook": loops.textbook}
SLOW = ("shapes",)
"""An epoch takes so long that there is no time for the libraries, and only for two turns."""


def rates_of(
    case: Case,
    device: str,
    makers: dict[str, Callable[[Prepared], Turn | None]],
    turns: int = TURNS,
    seconds: float = TURN_S,
    time: Callable[[], float] = perf_counter,
) -> dict[str, list[float]]:
    """Steps a second of the loops, the lab and what `makers` make, one for each turn."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ending:
        running: dict[str, Generator[int]] = {}
        for name, loop in LOOPS.items():
            asked = loops.endless(case.preset, device, **case.hyper)
            running[name] = loop(prepare(asked))
        for name, way in loops.LAB.items():
            asked = loops.endless(case.preset, device, **(case.hyper | way.hyper))
            running[name] = loops.lab(prepare(asked), Path(folder))
        contestants = {name: loops.turn_of(ending.enter_context(closing(it))) for name, it in running.items()}
        for name, make in makers.items():
            made = make(prepare(loops.endless(case.preset, device, **case.hyper)))
            if made is not None:
                contestants[name] = made
        return in_turns(contestants, turns, seconds, choose_device(device), time)


def report(device: str, time: Callable[[], float] = perf_counter) -> None:
    """Print two lines for each case: every contestant as a share of the floor, and the lab beside it."""
    found = libraries.installed()
    columns = [*loops.LAB, "plain", "textbook", *found]
    print("of floor: steps a second as a share of the floor's; times: those of the lab over theirs")
    print("*: without dropout, which scikit-learn's MLP does not have")
    print(
        f"{'preset':<12}{'batch':>6}{'floor/s':>9}{'':>11}" + "".join(f"{name:>11}" for name in columns),
        flush=True,
    )
    for case in CASES:
        slow = case.preset in SLOW
        rates = rates_of(case, device, {} if slow else found, turns=2 if slow else TURNS, time=time)
        name = case.preset if case.dropout else f"{case.preset}*"
        row = f"{name:<12}{case.batch_size:>6}{median(rates['floor']):>9.0f}"
        for lab in loops.LAB:
            others = [name for name in columns if name not in loops.LAB]
            shares = {name: ratio(rates[name], rates["floor"]) for name in columns if name in rates}
            times = {name: ratio(rates[lab], rates[name]) for name in others if name in rates}
            if lab == next(iter(loops.LAB)):
                print(f"{row}{'of floor':>11}" + _cells(columns, shares))
            print(f"{'':<27}{f'{lab}, times':>11}" + _cells(columns, times), flush=True)


def _cells(columns: list[str], values: dict[str, float]) -> str:
    return "".join(f"{values[name]:>11.2f}" if name in values else f"{'-':>11}" for name in columns)


def report_keeping(device: str, time: Callable[[], float] = perf_counter) -> None:
    """Print what journal and checkpoints cost: the recorded run against the engine alone."""
    print(f"{'preset':<12}{'alone/s':>10}{'kept/s':>10}{'ratio':>8}")
    for name in ("multiclass", "cnn"):
        asked = loops.endless(name, device)
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(loops.unrecorded(prepare(asked))) as alone,
            closing(loops.lab(prepare(asked), Path(folder))) as kept,
        ):
            contestants = {"alone": loops.turn_of(alone), "kept": loops.turn_of(kept)}
            rates = in_turns(contestants, 2 * TURNS, TURN_S, choose_device(device), time)
        print(
            f"{name:<12}{median(rates['alone']):>10.0f}{median(rates['kept']):>10.0f}"
            f"{ratio(rates['kept'], rates['alone']):>8.3f}",
            flush=True,
        )


def report_diagnostics(device: str, time: Callable[[], float] = perf_counter) -> None:
    """Print what measuring the layers costs: the recorded run with it against the same without."""
    print(f"{'preset':<12}{'speed':>7}{'without/s':>11}{'with/s':>10}{'ratio':>8}")
    for name, speed in product(("multiclass", "cnn"), ("exact", "fast")):
        rates = with_and_without(name, device, speed, LONG_TURNS, LONG_TURN_S, time)
        print(
            f"{name:<12}{speed:>7}{median(rates['without']):>11.0f}{median(rates['with']):>10.0f}"
            f"{ratio(rates['with'], rates['without']):>8.3f}",
            flush=True,
        )


def with_and_without(
    preset: str, device: str, speed: str, turns: int, seconds: float, time: Callable[[], float]
) -> dict[str, list[float]]:
    """Steps a second with and without diagnostics, one for each turn."""
    asked = loops.endless(preset, device, speed=speed)
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(loops.lab(prepare(asked), Path(folder), diagnostics=False)) as without,
        closing(loops.lab(prepare(asked), Path(folder))) as measured,
    ):
        contestants = {"without": loops.turn_of(without), "with": loops.turn_of(measured)}
        return in_turns(contestants, turns, seconds, choose_device(device), time)
