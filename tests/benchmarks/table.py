"""A large table: how fast it is read, and how much memory that takes beside torch itself.

70,000 rows of 784 pixels and a label, the size of MNIST as CSV (131 MB). The file is made once, in the
temporary folder.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

ROWS, PIXELS = 70_000, 784


def make(path: Path, rows: int, pixels: int) -> None:
    """Write a table of `pixels` columns, three quarters of them zero, and a `label` of ten classes."""
    rng = np.random.default_rng(0)
    texts = [str(k) for k in range(256)]
    with path.open("w") as file:
        file.write(",".join([*(f"p{k}" for k in range(pixels)), "label"]) + "\n")
        for start in range(0, rows, 1000):
            block = rng.integers(0, 256, (min(1000, rows - start), pixels))
            block[rng.random(block.shape) < 0.75] = 0
            labels = rng.integers(0, 10, len(block))
            for row, label in zip(block.tolist(), labels.tolist(), strict=True):
                file.write(",".join([*(texts[k] for k in row), str(label)]) + "\n")


def peak_bytes() -> int:
    """The most memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def measure(path: Path) -> None:
    """In a process of its own: seconds to survey and to load, and the peak beside what torch took."""
    import torch

    from tui_lab.data.table.guess import guess_preset
    from tui_lab.data.table.load import load
    from tui_lab.experiment.experiment import DataSpec

    torch.zeros(1)
    before = peak_bytes()
    began = perf_counter()
    seen: list[float] = []
    preset = guess_preset(DataSpec(file=str(path), target=" "), progress=seen.append).preset
    surveyed = perf_counter()
    data = load(preset.experiment(), torch.device("cpu"))
    loaded = perf_counter()
    tensors = sum(part.x.nbytes + part.y.nbytes for part in (data.train, data.val, data.test))
    grown = peak_bytes() - before
    print(
        f"{surveyed - began:.2f} {loaded - surveyed:.2f} {grown / 1e6:.0f} {tensors / 1e6:.0f} "
        f"{grown / tensors:.2f} {len(seen)}"
    )


def measured(path: Path) -> list[float]:
    """What `measure` says, from a fresh process."""
    code = (
        f"from pathlib import Path; from tests.benchmarks.table import measure; measure(Path({str(path)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def report() -> None:
    """Print seconds and memory, three times."""
    path = Path(tempfile.gettempdir()) / f"tui-lab-{ROWS}x{PIXELS}-{os.getuid()}.csv"
    if not path.exists():
        print("writing the table ...", flush=True)
        make(path, ROWS, PIXELS)
    print(f"{path.stat().st_size / 1e6:.0f} MB, {ROWS:,} rows x {PIXELS + 1} columns")
    print(
        f"{'read, guess':>12}{'read, tensors':>15}{'grown MB':>10}{'tensors MB':>12}{'ratio':>7}{'told':>6}"
    )
    for _ in range(3):
        guess, load, grown, tensors, ratio, told = measured(path)
        print(
            f"{guess:>10.2f} s{load:>13.2f} s{grown:>10.0f}{tensors:>12.0f}{ratio:>7.2f}{told:>6.0f}",
            flush=True,
        )
