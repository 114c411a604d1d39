"""Trainings that one process and several ranks must make alike, and what to compare of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from queue import SimpleQueue

import torch

from tests.engine.helpers import epochs, experiment, step_losses
from tui_lab.data.dataset import Dataset, Part
from tui_lab.data.off_device import InMemory, OffDevice
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import prepare
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.presets import all_presets
from tui_lab.protocol.commands import Advance, Command, Edit, Pause, Resume, Undo
from tui_lab.protocol.events import EpochEnded, Event, Measured, RunEnded, RunStarted
from tui_lab.protocol.layer_events import LayersMeasured
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import (
    Advancing,
    CommandRefused,
    Continued,
    Edited,
    EditQueued,
    Paused,
    StepProbed,
    Undone,
)

STEERED = (Edited, EditQueued, Undone, Paused, Continued, Advancing, CommandRefused)


@dataclass(frozen=True)
class Outcome:
    """What a training gave. `commands`: those that were sent, in order, each with its step."""

    losses: list[float]
    epochs: list[EpochEnded]
    weights: list[torch.Tensor]
    end: RunEnded
    steered: list[Event]
    probed: list[StepProbed]
    commands: list[Planned]
    environment: Mapping[str, object]
    measured: list[LayersMeasured]


@dataclass(frozen=True)
class Scenario:
    """`sent`: once so many updates are reported, these commands are sent to rank 0; each is answered.

    `off_device`: the rows are read when they are needed. `measured`: the layers are measured in each update.
    """

    asked: Callable[[Path], Experiment]
    sent: Mapping[int, Sequence[Command]] = field(default_factory=dict)
    off_device: bool = False
    measured: bool = False


DROPPING = ("linear 16", "activation", "dropout 0.3", "linear 8", "activation", "dropout")
NORMED = ("linear 16", "batch_norm", "activation", "dropout", "linear 8", "batch_norm", "activation")


def _shapes(_folder: Path) -> Experiment:
    asked = all_presets().presets["shapes"].experiment()
    hyper = {
        "epochs": 2,
        "optimizer": "sgd",
        "flip": 0.5,
        "rotation": 10.0,
        "crop": 0.1,
        "dropout": 0.2,
        "batch_size": 50,
    }
    hyper = asked.hyperparameters.model_dump() | hyper
    changed = asked.hyperparameters.model_validate(hyper)
    return asked.model_copy(update={"hyperparameters": changed, "device": "cpu"})


SCENARIOS: dict[str, Scenario] = {
    "steered": Scenario(
        lambda folder: experiment(
            folder,
            "binary",
            DROPPING,
            epochs=26,
            dropout=0.4,
            label_smoothing=0.1,
            grad_clip=0.5,
            schedule="cosine",
            ema_decay=0.9,
            patience=20,
        ),
        {
            20: [Edit("lr", 0.02, "faster")],
            31: [Edit("batch_size", 13)],
            45: [Edit("dropout", 0.1), Edit("optimizer", "sgd")],
            60: [Undo()],
            70: [Pause(), Edit("weight_decay", 0.01), Undo(), Advance("step")],
            80: [Edit("lr", 99.0), Edit("lr", 0.03)],
        },
    ),
    "normed": Scenario(
        lambda folder: experiment(folder, "multiclass", NORMED, epochs=26, dropout=0.2, optimizer="sgd"),
        {40: [Undo()]},
    ),
    "accumulated": Scenario(
        lambda folder: experiment(
            folder, "regression", NORMED, epochs=50, accumulate=3, batch_size=11, optimizer="sgd"
        ),
        measured=True,
    ),
    "read": Scenario(
        lambda folder: experiment(folder, "multiclass", NORMED, accumulate=2, batch_size=17, optimizer="sgd"),
        off_device=True,
        measured=True,
    ),
    "one row": Scenario(lambda folder: experiment(folder, "regression", DROPPING, epochs=2, batch_size=1)),
    "images": Scenario(_shapes),
    "stopped early": Scenario(
        lambda folder: experiment(
            folder,
            "binary",
            epochs=60,
            patience=6,
            step_size=1,
            schedule="plateau",
            optimizer="sgd",
            lr=1.0,
            dropout=0.5,
        )
    ),
    "diverging": Scenario(
        lambda folder: experiment(folder, "regression", epochs=40, optimizer="sgd", lr=30.0)
    ),
}


def trained(scenario: Scenario, folder: Path, plan: Sequence[Planned] | None = None) -> Outcome:
    """Train a scenario in this process; `plan`: with these commands at their steps instead of those sent."""
    prepared = prepare(scenario.asked(folder))
    if scenario.off_device:
        prepared = replace(prepared, dataset=_off_device(prepared.dataset))
    share = inf if scenario.measured and prepared.ranks.leads else 0.0
    queue: SimpleQueue[Command] = SimpleQueue()
    waiting = [] if plan is not None else sorted(scenario.sent.items())
    events: list[Event] = []
    asked: list[Command] = []
    for event in run(prepared, queue, interval_s=0, plan=plan or (), measured_share=share):
        events.append(event)
        if isinstance(event, Measured) and waiting and event.step >= waiting[0][0] and prepared.ranks.leads:
            for command in waiting.pop(0)[1]:
                asked.append(command)
                queue.put(command)
        if isinstance(event, StepProbed) and plan is None and prepared.ranks.leads:
            asked.append(Resume())
            queue.put(Resume())
    (end,) = [event for event in events if isinstance(event, RunEnded)]
    (begun,) = [event for event in events if isinstance(event, RunStarted)]
    steered = [event for event in events if isinstance(event, STEERED)]
    # An undo is asked for where the run is, and answered with where it goes back to.
    steps = [getattr(event, "from_step", event.step) for event in steered if not _follows(event)]
    return Outcome(
        losses=step_losses(events),
        epochs=epochs(events),
        weights=[weight.detach().clone() for weight in prepared.network.parameters()],
        end=end,
        steered=steered,
        probed=[event for event in events if isinstance(event, StepProbed)],
        commands=[Planned(step, command) for step, command in zip(steps, asked, strict=True)]
        if asked
        else [],
        environment=begun.environment,
        measured=[event for event in events if isinstance(event, LayersMeasured)],
    )


def _off_device(data: Dataset) -> Dataset:
    def off(part: Part) -> Part:
        assert isinstance(part.x, torch.Tensor)
        return replace(part, x=OffDevice(InMemory(part.x), torch.arange(len(part)), torch.device("cpu")))

    return replace(data, train=off(data.train), val=off(data.val))


def _follows(event: Event) -> bool:
    """Whether it tells of a command that was answered before: an edit that was queued."""
    return isinstance(event, Edited) and event.name in ("batch_size", "accumulate")
