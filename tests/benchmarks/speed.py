"""Steps per second: the engine with everything on, a bare loop as the upper bound, and a textbook loop.

***floor*: the same network and optimizer on one fixed batch: no data loading, no validation, no metrics, no
files. *engine*: `record_run` with its journal on disk. *textbook*: a loop with DataLoader, `.item()` and a
torchmetrics update in each step. The three take turns in one process, so that a machine that speeds up or
slows down does so for all; what counts is the ratio within a turn.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from time import perf_counter

import torch
import torchmetrics
from torch.utils.data import DataLoader, TensorDataset

from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import Prepared
from tui_lab.engine.state.optimizers import make_optimizer
from tui_lab.engine.tasks.registry import training_loss
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.presets import all_presets
from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import EpochEnded
from tui_lab.runs.folder.folder import create
from tui_lab.session.recorder import prepare, record_run

TURNS = 9
TURN_S = 0.7
PRESETS = ("regression", "binary", "multiclass", "cnn")


def endless(experiment: Experiment) -> Experiment:
    """The experiment with no end in sight: no patience, a million epochs."""
    hyper = experiment.hyperparameters.model_copy(update={"epochs": 1_000_000, "patience": 0})
    return experiment.model_copy(update={"hyperparameters": hyper, "device": "cpu"})


def floor(prepared: Prepared) -> Iterator[int]:
    """One fixed batch over and over; yields the steps so far."""
    hyper, data = prepared.experiment.hyperparameters, prepared.dataset
    criterion = training_loss(prepared.experiment.task, hyper.label_smoothing)
    optimizer = make_optimizer(prepared.network.parameters(), hyper, prepared.device)
    size = min(hyper.batch_size, len(data.train))
    x, y = data.train.x[:size].clone(), data.train.y[:size].clone()
    network = prepared.network
    step = 0
    while True:
        optimizer.zero_grad()
        loss = criterion(network(x), y)
        loss.backward()
        optimizer.step()
        step += 1
        yield step


def engine(prepared: Prepared, root: Path) -> Iterator[int]:
    """The whole of a recorded run; yields the steps so far at the end of each epoch."""
    commands: SimpleQueue[Command] = SimpleQueue()
    folder = create(root, prepared.experiment)
    try:
        for record in record_run(prepared, folder, commands):
            if isinstance(record.event, EpochEnded):
                yield record.event.step
    finally:
        commands.put(Stop(test=False))


def unrecorded(prepared: Prepared) -> Iterator[int]:
    """The engine alone: no journal, no checkpoints; yields the steps so far at the end of each epoch."""
    for event in run(prepared, SimpleQueue()):
        if isinstance(event, EpochEnded):
            yield event.step


def textbook(prepared: Prepared) -> Iterator[int]:
    """A textbook loop; yields the number of steps so far."""
    task, hyper, data = prepared.experiment.task, prepared.experiment.hyperparameters, prepared.dataset
    classes = len(data.about.classes)
    metric = {
        "regression": lambda: torchmetrics.MeanAbsoluteError(),
        "binary": lambda: torchmetrics.Accuracy(task="binary"),
        "multiclass": lambda: torchmetrics.Accuracy(task="multiclass", num_classes=classes),
    }[task]()
    criterion = training_loss(task, hyper.label_smoothing)
    optimizer = make_optimizer(prepared.network.parameters(), hyper, prepared.device)
    train = DataLoader(TensorDataset(data.train.x, data.train.y), hyper.batch_size, shuffle=True)
    val = DataLoader(TensorDataset(data.val.x, data.val.y), hyper.batch_size)
    network = prepared.network
    step = 0
    while True:
        network.train()
        running = 0.0
        for x, y in train:
            optimizer.zero_grad()
            outputs = network(x)
            loss = criterion(outputs, y)
            loss.backward()
            optimizer.step()
            running += loss.item()
            metric(outputs.squeeze(-1), y)
            step += 1
            yield step
        metric.compute()
        metric.reset()
        network.eval()
        with torch.no_grad():
            for x, y in val:
                outputs = network(x)
                running += criterion(outputs, y).item()
                metric(outputs.squeeze(-1), y)
        metric.compute()
        metric.reset()


def rate(steps: Iterator[int], seconds: float) -> float:
    """Steps a second over about `seconds`, from one value of `steps` to a later one."""
    first = next(steps)
    began = perf_counter()
    last, now = first, began
    while now - began < seconds:
        last = next(steps)
        now = perf_counter()
    return (last - first) / (now - began)


def compare(name: str, *keys: str) -> dict[str, list[float]]:
    """Rates of the named contestants on a preset, one a turn."""
    experiment = endless(all_presets()[name].experiment())
    with tempfile.TemporaryDirectory() as folder:
        contestants: dict[str, Callable[[], Iterator[int]]] = {
            "floor": lambda: floor(prepare(experiment)),
            "engine": lambda: engine(prepare(experiment), Path(folder)),
            "textbook": lambda: textbook(prepare(experiment)),
            "unrecorded": lambda: unrecorded(prepare(experiment)),
        }
        running = {key: contestants[key]() for key in keys}
        rates: dict[str, list[float]] = {key: [] for key in running}
        for _ in range(TURNS):
            for key, steps in running.items():
                rates[key].append(rate(steps, TURN_S))
        for steps in running.values():
            steps.close()  # type: ignore[attr-defined]
    return rates


def report() -> None:
    """Print the table: medians over the turns of steps a second and of the ratios within a turn."""
    print(
        f"{'preset':<12}{'floor/s':>10}{'engine/s':>10}{'textbook/s':>12}{'of floor':>10}{'x textbook':>12}"
    )
    for name in PRESETS:
        rates = compare(name, "floor", "engine", "textbook")
        of_floor = median(e / f for e, f in zip(rates["engine"], rates["floor"], strict=True))
        times = median(e / t for e, t in zip(rates["engine"], rates["textbook"], strict=True))
        middle = {key: median(values) for key, values in rates.items()}
        print(
            f"{name:<12}{middle['floor']:>10.0f}{middle['engine']:>10.0f}{middle['textbook']:>12.0f}"
            f"{of_floor:>10.2f}{times:>12.1f}",
            flush=True,
        )


def report_keeping() -> None:
    """Print what journal and checkpoints cost: the recorded run against the engine alone."""
    print(f"{'preset':<12}{'alone/s':>10}{'kept/s':>10}{'ratio':>8}")
    for name in ("multiclass", "cnn"):
        rates = compare(name, "unrecorded", "engine")
        ratio = median(e / u for e, u in zip(rates["engine"], rates["unrecorded"], strict=True))
        alone, kept = median(rates["unrecorded"]), median(rates["engine"])
        print(f"{name:<12}{alone:>10.0f}{kept:>10.0f}{ratio:>8.3f}", flush=True)
