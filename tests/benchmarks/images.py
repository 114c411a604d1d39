"""A folder of 10,000 PNGs: from nothing to the first epoch, and once more when they were decoded before.

Each start is a process of its own, `tui-lab train FOLDER`, with all it loads. And what a step costs with
and without augmentation, side by side.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image

COUNT, CLASSES, SIDE = 10_000, 10, 28
AUGMENTED = {"flip": 0.5, "rotation": 15.0, "crop": 0.1, "color_jitter": 0.2}


def make(root: Path) -> None:
    """Ten classes of gray images."""
    rng = np.random.default_rng(0)
    for label in range(CLASSES):
        (root / str(label)).mkdir(parents=True)
        for number in range(COUNT // CLASSES):
            pixels = rng.integers(0, 120, (SIDE, SIDE), np.uint8)
            pixels[2 * label : 2 * label + 4] += 100
            Image.fromarray(pixels).save(root / str(label) / f"{number}.png")


def first_step_s(root: Path, home: Path) -> float:
    """Seconds until a training of the folder tells of its first steps."""
    runs, cache = str(home / "runs"), str(home / "cache")
    began = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_lab", "train", str(root), "--json", "--epochs", "1", "--runs", runs],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"XDG_CACHE_HOME": cache},
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if '"measured"' in line:
            seconds = perf_counter() - began
            process.kill()
            process.wait()
            return seconds
    raise RuntimeError("it ended before its first step")


def step_s(hyper: dict[str, float]) -> float:
    """Seconds of a step of the preset `shapes`, batch 32, median of 20."""
    import torch

    from tui_lab.engine.setup.prepare import prepare
    from tui_lab.engine.state.training_state import Training
    from tui_lab.experiment.presets import all_presets

    asked = all_presets()["shapes"].experiment()
    asked = asked.model_copy(update={"hyperparameters": asked.hyperparameters.model_copy(update=hyper)})
    prepared = prepare(asked)
    training, train = Training(prepared), prepared.dataset.train
    times = []
    for start in range(0, 32 * 22, 32):
        rows = torch.arange(start, start + 32) % len(train)
        began = perf_counter()
        assert training.see is not None
        loss = training.criterion(training.network(training.see(train.x[rows])), train.y[rows])
        training.optimizer.zero_grad()
        loss.backward()
        training.optimizer.step()
        times.append(perf_counter() - began)
    return sorted(times[2:])[10]


def report() -> None:
    """Print seconds, and the ratio of augmented steps."""
    root = Path(tempfile.gettempdir()) / f"tui-lab-{COUNT}-images-{os.getuid()}"
    if not root.exists():
        print("writing the images ...", flush=True)
        make(root)
    with tempfile.TemporaryDirectory() as home:
        first, second = first_step_s(root, Path(home)), first_step_s(root, Path(home))
    print(
        f"{COUNT:,} PNGs of {SIDE} x {SIDE}: first step after {first:.1f} s, the second time {second:.1f} s",
        flush=True,
    )
    plain, augmented = step_s({}), step_s(AUGMENTED)
    print(
        f"step of shapes: {1e3 * plain:.1f} ms, augmented {1e3 * augmented:.1f} ms, x {augmented / plain:.2f}"
    )
