"""Evaluations: 10,000 rows of a table for each task, and 60,000 images of 28 x 28 in ten classes.

The networks are not trained: what an evaluation costs does not depend on it. Seconds of the clock, and of the
processor for a machine that is busy; the median of three.
"""

from collections.abc import Iterator
from statistics import median
from time import perf_counter, process_time

import numpy as np
import torch
from torch import nn

from tui_lab.data.dataset import Dataset, Part, target_dtype
from tui_lab.data.pixels import Standardise
from tui_lab.data.recipes import CategoryRecipe, ImageRecipe, NumberRecipe, TableRecipe
from tui_lab.engine.evaluation.report.evaluate import evaluate
from tui_lab.engine.evaluation.report.subject import Subject
from tui_lab.experiment.tasks import TASKS, Task
from tui_lab.protocol.events import DataLoaded

ROWS, IMAGES, SIDE = 10_000, 60_000, 28
CLASSES: dict[Task, tuple[str, ...]] = {
    "regression": (), "binary": ("no", "yes"), "multiclass": tuple("0123456789"),
}  # fmt: skip
_TIMES = 3


def about(rows: int, shape: tuple[int, ...], classes: tuple[str, ...]) -> DataLoaded:
    size = dict.fromkeys(("train", "val", "test"), rows)
    return DataLoaded("made up", "", 3 * rows, int(np.prod(shape)), shape, "y", classes, size)


def table(task: Task, rows: int = ROWS) -> Subject:
    """24 numbers and two columns of three categories; the target depends on some of them."""
    rng, classes = np.random.default_rng(0), CLASSES[task]
    columns = [NumberRecipe(name=f"n{k}", fill=0.0, mean=0.0, std=1.0) for k in range(24)]
    texts = [CategoryRecipe(name=f"c{k}", categories=("a", "b", "c"), fill="a") for k in range(2)]

    def part() -> Part:
        x = rng.normal(size=(rows, 30)).astype(np.float32)
        x[:, 24:27], x[:, 27:] = (np.eye(3, dtype=np.float32)[rng.integers(0, 3, rows)] for _ in range(2))
        value = x[:, 0] + np.sin(2 * x[:, 1]) + x[:, 24] + 0.5 * rng.normal(size=rows)
        ranks = np.argsort(np.argsort(value))
        y = {"regression": value, "binary": value > 0, "multiclass": ranks * 10 // rows}[task]
        return Part(torch.from_numpy(x), torch.tensor(y).to(target_dtype(task)), None, np.arange(rows))

    recipe = TableRecipe(task=task, target="y", columns=(*columns, *texts), classes=classes)
    data = Dataset(part(), part(), part(), about(rows, (30,), classes), 0.0, 1.0, (), recipe)
    outputs = TASKS[task].outputs(len(classes))
    network = nn.Sequential(
        nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, outputs)
    )
    return Subject(network, network, data, task)


def images(rows: int = IMAGES) -> Subject:
    """Gray images and a small convolutional network."""
    rng, classes = np.random.default_rng(0), CLASSES["multiclass"]
    scale = Standardise([0.5], [0.3], torch.device("cpu"))

    def part() -> Part:
        y = rng.integers(0, 10, rows)
        x = rng.integers(0, 120, (rows, 1, SIDE, SIDE), dtype=np.uint8)
        x[np.arange(rows), 0, 2 * y + 2] += 100
        return Part(torch.from_numpy(x), torch.from_numpy(y), scale, np.arange(rows))

    shape = (1, SIDE, SIDE)
    recipe = ImageRecipe(
        task="multiclass", target="y", classes=classes, shape=shape, fit="crop", mean=(0.5,), std=(0.3,)
    )
    data = Dataset(part(), part(), part(), about(rows, shape, classes), 0.0, 1.0, (), recipe)
    network = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 10),
    )  # fmt: skip
    return Subject(network, network, data, "multiclass")


def seconds(subject: Subject, times: int = _TIMES) -> Iterator[float]:
    """Of the clock and of the processor."""
    measured = []
    for _ in range(times):
        began, worked = perf_counter(), process_time()
        evaluate(subject, "val", epoch=1, step=1)
        measured.append((perf_counter() - began, process_time() - worked))
    yield from map(median, zip(*measured, strict=True))


def report() -> None:
    print(f"{'':34} clock   processor")
    for task in CLASSES:
        _line(f"{ROWS:,} rows, {task}", table(task), _TIMES)
    _line(f"{IMAGES:,} images", images(), 1)


def _line(name: str, subject: Subject, times: int) -> None:
    clock, processor = seconds(subject, times)
    print(f"{name:34} {clock:4.1f} s   {processor:4.1f} s", flush=True)
