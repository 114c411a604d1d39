"""What the screen costs: steps, bytes, the time a key takes, and the processor time of a redraw."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from statistics import median

from tests.benchmarks import frames, keys
from tests.benchmarks.terminal import (
    LAB,
    MEASURE_S,
    SETTLE_S,
    Terminal,
    attached,
    endless,
    rate,
    steps_between,
)
from tests.benchmarks.turns import ratio

TURNS = 5
PRESET = "multiclass"
"""Its step losses are the noisiest, with 8 rows in a batch, and come fastest."""
Contestant = Callable[[], AbstractContextManager[Terminal | None]]


@contextmanager
def headless(preset: Path, root: Path) -> Iterator[None]:
    """A run without a screen, once it has settled."""
    command = [*LAB, "--runs", str(root), "train", str(preset), "--quiet"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        rate(root, 0.5)
        yield
    finally:
        process.terminate()
        process.wait()


def report() -> None:
    """Print four tables, each line as soon as it is known."""
    report_steps()
    keys.report()
    frames.report()


def report_steps() -> None:
    """Steps a second of one run, with the lab attached to it and without a screen, in turns."""
    print(f"steps: of headless, with the lab open at 120x40 and {PRESET} at full speed; what it writes")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "runs"
        contestants: dict[str, Contestant] = {
            "headless": nullcontext,
            "lab": partial(attached, root),
            "not read": partial(attached, root, read=False),
            "low": partial(attached, root, options=("--low-bandwidth",)),
        }
        names = list(contestants)
        print(f"{'turn':<8}{'headless/s':>12}" + "".join(f"{name:>12}{'kB/s':>8}" for name in names[1:]))
        rates: dict[str, list[float]] = {name: [] for name in names}
        sizes: dict[str, list[float]] = {name: [] for name in names}
        with headless(endless(PRESET, Path(folder)), root):
            for turn in range(TURNS):
                for name, contestant in contestants.items():
                    with contestant() as screen:
                        time.sleep(SETTLE_S)
                        wrote = screen.written if screen is not None else 0
                        rates[name].append(steps_between(root, MEASURE_S))
                        wrote = (screen.written if screen is not None else 0) - wrote
                        sizes[name].append(wrote / MEASURE_S / 1000)
                _print_steps(str(turn + 1), {name: values[-1:] for name, values in rates.items()}, sizes)
        _print_steps("median", rates, sizes)


def _print_steps(turn: str, rates: dict[str, list[float]], sizes: dict[str, list[float]]) -> None:
    line = f"{turn:<8}{median(rates['headless']):>12.0f}"
    for name in list(rates)[1:]:
        size = median(sizes[name][-len(rates[name]) :])
        line += f"{ratio(rates[name], rates['headless']):>12.2f}{size:>8.1f}"
    print(line, flush=True)
