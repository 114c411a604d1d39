"""Small experiments on made-up tables, and what one asks of a list of events."""

import random
from collections.abc import Iterable
from pathlib import Path
from queue import SimpleQueue

from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import Prepared, prepare
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.commands import Command
from tui_lab.protocol.events import EpochEnded, Event, Measured, RunEnded

LAYERS = ("linear 8", "activation", "dropout")


def table(folder: Path, task: Task, rows: int = 90, seed: int = 0) -> Path:
    """A CSV of four inputs and a target `y` that depends on them."""
    rng = random.Random(seed)
    lines = ["a,b,c,d,y"]
    for _ in range(rows):
        x = [rng.gauss(0, 1) for _ in range(4)]
        value = 3 * x[0] - 2 * x[1] + 0.1 * rng.gauss(0, 1)
        y = {"regression": value, "binary": int(value > 0), "multiclass": (value > -1) + (value > 1)}[task]
        lines.append(",".join(map(str, [*x, y])))
    path = folder / f"{task}-{rows}-{seed}.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def experiment(
    folder: Path, task: Task = "regression", layers: tuple[str, ...] = LAYERS, rows: int = 90, **hyper: object
) -> Experiment:
    """An experiment on such a table: 3 epochs of 63 rows in batches of 16, on the CPU."""
    defaults = {"epochs": 3, "batch_size": 16, "lr": 0.01}
    return Experiment(
        preset="test",
        task=task,
        data=DataSpec(file=str(table(folder, task, rows)), target="y"),
        model=ModelSpec(layers=layers),
        hyperparameters=Hyperparameters.model_validate(defaults | hyper),
        device="cpu",
    )


def run_all(asked: Experiment | Prepared, *commands: Command) -> list[Event]:
    """Run to the end with every step told."""
    prepared = prepare(asked) if isinstance(asked, Experiment) else asked
    queue: SimpleQueue[Command] = SimpleQueue()
    for command in commands:
        queue.put(command)
    return list(run(prepared, queue, interval_s=0))


def step_losses(events: Iterable[Event]) -> list[float]:
    """The training loss of every step, in order."""
    return [loss for event in events if isinstance(event, Measured) for _, loss in event.series["loss"]]


def epochs(events: Iterable[Event]) -> list[EpochEnded]:
    """The events that end an epoch."""
    return [event for event in events if isinstance(event, EpochEnded)]


def ending(events: list[Event]) -> RunEnded:
    """How the run ended."""
    last = events[-1]
    assert isinstance(last, RunEnded)
    return last
