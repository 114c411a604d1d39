"""How long a key takes until its effect is on the screen, idle and while the smallest preset trains flat out.

Up and down move the selection among the hyperparameters. The lab's output is timed when it comes and drawn
when the answer should be there, so that drawing neither counts nor keeps the processor from the lab.
"""

import random
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from tests.benchmarks.terminal import WIDTH, Drawing, Terminal, endless, opened, pressed, rate

PRESSES, ANSWERED_S, LOST_S = 100, 0.15, 60.0
DOWN, UP = "\x1b[B", "\x1b[A"
PANE = "3"


def report() -> None:
    """Print a line for each of the two, and their ratio."""
    print(f"keys: milliseconds from a key to its effect on the screen, {PRESSES} presses")
    print(f"{'':<10}{'median':>8}{'p90':>8}{'p99':>8}{'worst':>8}")
    middle = []
    with tempfile.TemporaryDirectory() as folder:
        preset = endless("multiclass", Path(folder))
        with opened(preset, Path(folder) / "idle", PANE) as screen:
            screen.wait_for("ready")  # torch is loaded: the lab has nothing left to do
            middle.append(_print("idle", latencies(screen)))
        root = Path(folder) / "training"
        with pressed(preset, root, PANE) as screen:
            rate(root, 0.5)
            middle.append(_print("training", latencies(screen)))
    print(f"{'training / idle':<18}{middle[1] / middle[0]:.2f}", flush=True)


def latencies(screen: Terminal) -> list[float]:
    """Seconds from each key to its effect. The pauses differ, so that no rhythm is met by chance."""
    pause, drawing = random.Random(0), Following(screen)
    before = drawing.selection("", "")
    found = []
    for k in range(PRESSES):
        time.sleep(pause.uniform(0.03, 0.15))
        pressed_at = perf_counter()
        now = drawing.selection(DOWN if k % 2 == 0 else UP, before.name)
        found.append(now.at - pressed_at)
        before = now
    return found


class Selection(NamedTuple):
    """The selected hyperparameter, and since when the screen shows it."""

    name: str
    at: float


class Following:
    """Draws what a terminal writes, after it came."""

    def __init__(self, screen: Terminal) -> None:
        self._screen, self._drawing, self._seen = screen, Drawing(), 0

    def selection(self, key: str, before: str) -> Selection:
        """Press a key and wait until another hyperparameter than `before` is selected."""
        self._screen.send(key)
        end = perf_counter() + LOST_S
        while perf_counter() < end:
            time.sleep(ANSWERED_S)
            for at in self._take():
                if (name := selected(self._drawing.rows)) not in ("", before):
                    return Selection(name, at)
        raise TimeoutError("a key had no effect:\n" + "\n".join(self._drawing.rows))

    def _take(self) -> Iterator[float]:
        while self._seen < len(self._screen.heard):
            at, data = self._screen.heard[self._seen]
            self._seen += 1
            self._drawing.feed(data)
            yield at


def selected(rows: Sequence[str]) -> str:
    """The name of the selected hyperparameter."""
    found = (re.search("› (.{12})", row[WIDTH // 2 :]) for row in rows)
    return next((row[1] for row in found if row), "")


def _print(name: str, seconds: Sequence[float]) -> float:
    """Print percentiles; returns the median."""
    ms = sorted(1000 * value for value in seconds)
    at = {share: ms[ceil(share * len(ms)) - 1] for share in (0.9, 0.99)}
    print(f"{name:<10}{median(ms):>8.1f}{at[0.9]:>8.1f}{at[0.99]:>8.1f}{ms[-1]:>8.1f}", flush=True)
    return median(ms)
