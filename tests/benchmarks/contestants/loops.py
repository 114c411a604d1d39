"""Loops without a library, and the lab itself. Each is an iterator of the number of steps so far.

floor: forward, backward and step on one fixed batch; no data, no metrics, no validation. plain: what somebody
writes who knows torch: the data on the device, shuffled once an epoch, and nothing read back before its end.
textbook: a DataLoader, `.item()` and a metric of torchmetrics in each step. lab: a recorded run with
everything on, its journal and its checkpoints on disk.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import torch
from torch.utils.data import DataLoader, TensorDataset

from tests.benchmarks.turns import Clock, Turn
from tests.engine.plain import optimizer as make_optimizer
from tui_lab.data.dataset import Part
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import Prepared
from tui_lab.engine.tasks.registry import training_loss
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.presets import all_presets
from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import EpochEnded
from tui_lab.runs.folder.folder import create
from tui_lab.session.recorder import record_run


class Way(NamedTuple):
    """A way in which the lab trains: the hyperparameters that ask for it, and what it should reach.

    `exact`: it gives the bits of the eager step. `on_tables`, `on_images`: times the floor on a GPU.
    """

    hyper: dict[str, object]
    exact: bool
    on_tables: float
    on_images: float


LAB = {
    "lab": Way({}, exact=True, on_tables=10, on_images=5),
    "fast": Way({"speed": "fast"}, exact=False, on_tables=25, on_images=5),
}
"""All of them, by their names in the tables."""


def endless(preset: str, device: str, **hyper: object) -> Experiment:
    """The experiment of a preset with other hyperparameters and no end in sight."""
    asked = all_presets()[preset].experiment()
    changed = {"epochs": 1_000_000, "patience": 0, "max_minutes": 0.0} | hyper
    update = asked.hyperparameters.model_copy(update=changed)
    return asked.model_copy(update={"hyperparameters": update, "device": device})


def turn_of(steps: Iterator[int]) -> Turn:
    """A turn is as many items as it takes."""

    def train(clock: Clock) -> None:
        for step in steps:
            if clock.over(step):
                return
        raise RuntimeError("training ended before the turn was over")

    return train


def floor(prepared: Prepared) -> Generator[int]:
    hyper, data = prepared.experiment.hyperparameters, prepared.dataset
    criterion = training_loss(prepared.experiment.task, hyper.label_smoothing)
    network = prepared.network.train()
    optimizer = make_optimizer(network, hyper)
    size = min(hyper.batch_size, len(data.train))
    x, y = data.train.first(size), data.train.y[:size].clone()
    step = 0
    while True:
        optimizer.zero_grad()
        criterion(network(x), y).backward()
        optimizer.step()
        step += 1
        yield step


@contextmanager
def torch_as_usual() -> Iterator[None]:
    """Inside, torch chooses algorithms as it does by default; for the lab, on a GPU, deterministic ones."""
    cudnn = torch.backends.cudnn
    mode, only = torch.get_deterministic_debug_mode(), cudnn.deterministic
    torch.set_deterministic_debug_mode("default")
    cudnn.deterministic = False
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(mode)
        cudnn.deterministic = only


def lab(prepared: Prepared, root: Path, *, diagnostics: bool = True) -> Generator[int]:
    """Gives the number of steps at the end of each epoch."""
    commands: SimpleQueue[Command] = SimpleQueue()
    try:
        folder = create(root, prepared.experiment)
        for record in record_run(prepared, folder, commands, diagnostics=diagnostics):
            if isinstance(record.event, EpochEnded):
                with torch_as_usual():
                    yield record.event.step
    finally:
        commands.put(Stop(test=False))


def unrecorded(prepared: Prepared) -> Generator[int]:
    """The engine alone: no journal, no checkpoints."""
    for event in run(prepared, SimpleQueue()):
        if isinstance(event, EpochEnded):
            yield event.step


def plain(prepared: Prepared) -> Generator[int]:
    task, hyper, data = prepared.experiment.task, prepared.experiment.hyperparameters, prepared.dataset
    criterion, right = training_loss(task, hyper.label_smoothing), _score(task)
    network, train, device = prepared.network, data.train, prepared.device
    optimizer = make_optimizer(network, hyper)
    step = 0
    while True:
        yield step
        network.train()
        order = torch.randperm(len(train), device=device)
        total = torch.zeros((), device=device)
        batches = zip(
            train.x[order].split(hyper.batch_size), train.y[order].split(hyper.batch_size), strict=True
        )
        for x, y in batches:
            optimizer.zero_grad()
            loss = criterion(network(train.inputs(x)), y)
            loss.backward()
            optimizer.step()
            total += loss.detach()
            step += 1
        network.eval()
        with torch.inference_mode():
            outputs = network(data.val.inputs(data.val.x))
            torch.stack((total, criterion(outputs, data.val.y), right(outputs, data.val.y))).tolist()


def _score(task: str) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """The mean absolute error or the accuracy, by hand."""
    return {
        "regression": lambda out, y: (out.squeeze(-1) - y).abs().mean(),
        "binary": lambda out, y: ((out.squeeze(-1) > 0) == (y > 0)).float().mean(),
        "multiclass": lambda out, y: (out.argmax(-1) == y).float().mean(),
    }[task]


def textbook(prepared: Prepared) -> Generator[int]:
    hyper, data, device = prepared.experiment.hyperparameters, prepared.dataset, prepared.device
    metric = textbook_metric(prepared).to(device)
    criterion = training_loss(prepared.experiment.task, hyper.label_smoothing)
    network = prepared.network
    optimizer = make_optimizer(network, hyper)
    train, val = loaders(prepared)
    step = 0
    while True:
        yield step
        network.train()
        running = 0.0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            outputs = network(data.train.inputs(x))
            loss = criterion(outputs, y)
            loss.backward()
            optimizer.step()
            running += loss.item()
            metric(answers(outputs), y)
            step += 1
        metric.compute()
        metric.reset()
        network.eval()
        with torch.no_grad():
            for x, y in val:
                x, y = x.to(device), y.to(device)
                outputs = network(data.val.inputs(x))
                running += criterion(outputs, y).item()
                metric(answers(outputs), y)
        metric.compute()
        metric.reset()


def loaders(prepared: Prepared) -> tuple[DataLoader, DataLoader]:
    """Training and validation as torch's DataLoader gives them, from memory."""
    size, data = prepared.experiment.hyperparameters.batch_size, prepared.dataset

    def loader(part: Part, *, shuffle: bool) -> DataLoader:
        return DataLoader(TensorDataset(part.x.cpu(), part.y.cpu()), size, shuffle=shuffle)

    return loader(data.train, shuffle=True), loader(data.val, shuffle=False)


def textbook_metric(prepared: Prepared) -> torch.nn.Module:
    """The metric that goes with the task."""
    import torchmetrics

    match prepared.experiment.task:
        case "regression":
            return torchmetrics.MeanAbsoluteError()
        case "binary":
            return torchmetrics.Accuracy(task="binary")
    return torchmetrics.Accuracy(task="multiclass", num_classes=len(prepared.dataset.about.classes))


def answers(outputs: torch.Tensor) -> torch.Tensor:
    """`(B, 1)` as `(B,)`, `(B, K)` as it is."""
    return outputs.squeeze(-1)
