"""What the screen costs: steps, bytes, the time a key takes, and the processor time of a redraw."""

import subprocess
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.benchmarks import frames, keys
from tests.benchmarks.terminal import LAB, MEASURE_S, endless, pressed, rate
from tests.benchmarks.turns import ratio

TURNS = 3
PRESET = "multiclass"
"""Its step losses are the noisiest, with 8 rows in a batch, and come fastest."""
LOW_BANDWIDTH = "--low-bandwidth"


@contextmanager
def headless(preset: Path, root: Path):
    """The same without a screen."""
    command = [*LAB, "--runs", str(root), "train", str(preset), "--quiet"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield None
    finally:
        process.terminate()
        process.wait()


def report() -> None:
    """Print four tables, each line as soon as it is known."""
    report_steps()
    keys.report()
    frames.report()


def report_steps() -> None:
    """Steps a second with the lab open against the same run without a screen, in turns."""
    contestants: dict[str, Callable[[Path, Path], AbstractContextManager]] = {
        "headless": headless,
        "lab": pressed,
        "not read": partial(pressed, read=False),
    }
    if LOW_BANDWIDTH in subprocess.run([*LAB, "--help"], capture_output=True, text=True).stdout:
        contestants["low"] = partial(pressed, options=(LOW_BANDWIDTH,))
    print(f"steps: of headless, with the lab open at 120x40 and {PRESET} at full speed; what it writes")
    print(
        f"{'turn':<8}{'headless/s':>12}" + "".join(f"{name:>12}{'kB/s':>8}" for name in list(contestants)[1:])
    )
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    sizes: dict[str, list[float]] = {name: [] for name in contestants}
    with tempfile.TemporaryDirectory() as folder:
        preset = endless(PRESET, Path(folder))
        for turn in range(TURNS):
            for name, contestant in contestants.items():
                root = Path(folder) / f"{name}{turn}"
                with contestant(preset, root) as screen:
                    rates[name].append(rate(root))
                    since = perf_counter() - MEASURE_S
                    heard = screen.heard if screen is not None else []
                    sizes[name].append(sum(len(data) for at, data in heard if at > since) / MEASURE_S / 1000)
            _print_steps(str(turn + 1), {name: values[-1:] for name, values in rates.items()}, sizes)
        _print_steps("median", rates, sizes)


def _print_steps(turn: str, rates: dict[str, list[float]], sizes: dict[str, list[float]]) -> None:
    line = f"{turn:<8}{median(rates['headless']):>12.0f}"
    for name in list(rates)[1:]:
        size = median(sizes[name][-len(rates[name]) :])
        line += f"{ratio(rates[name], rates['headless']):>12.2f}{size:>8.1f}"
    print(line, flush=True)
