"""Runs made up for the tests of this folder: no torch."""

from math import inf, nan

from tests.journals import fold
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.protocol.events import (
    DataLoaded,
    EpochEnded,
    Event,
    LayerBuilt,
    Measured,
    ModelBuilt,
    Record,
    RunEnded,
    RunStarted,
    Tested,
    Warned,
)
from tui_lab.protocol.view import RunView

HOSTILE = "\x1b[31mx\u202egnp\n[red][/x]"


def experiment(preset: str = "multiclass", target: str = "y") -> Experiment:
    return Experiment(
        preset=preset,
        task="multiclass",
        data=DataSpec(file="bundled:wine.csv", target=target),
        model=ModelSpec(layers=("linear 8", "activation")),
    )


def opening(classes: tuple[str, ...] = ("a", "b", HOSTILE)) -> list[Event]:
    environment: dict[str, str | int] = {
        "python": "3.11.7",
        "torch": "2.15.0",
        "device": "cpu",
        "device_name": "CPU, 2 threads",
        "threads": 2,
        "tui_lab": "0.1.0",
    }
    return [
        RunStarted(experiment(), environment),
        DataLoaded(
            source="wine.csv",
            sha256="0" * 64,
            rows=178,
            features=13,
            shape=(13,),
            target="y",
            classes=classes,
            split={"train": 124, "val": 36, "test": 18},
        ),
        ModelBuilt(
            layers=(LayerBuilt("linear 8", (8,), 112), LayerBuilt("linear 3", (3,), 27)),
            parameters=139,
            trainable=139,
            baseline={"loss": 1.1, "accuracy": 0.4},
            steps_per_epoch=4,
        ),
    ]


def epoch(number: int, val_loss: float = 0.5, best: bool = True, recall: float = 0.9) -> EpochEnded:
    return EpochEnded(
        epoch=number,
        step=4 * number,
        train_loss=1 / number,
        val_loss=val_loss,
        lr=0.001,
        seconds=0.25,
        metrics={"accuracy": 0.8, "recall": 0.7},
        class_recall=(1.0, 0.5, recall),
        best=best,
    )


def closing() -> list[Event]:
    return [
        Tested(epoch=2, metrics={"loss": 0.4, "accuracy": 0.95}, class_recall=(1.0, 1.0, 0.5)),
        RunEnded("finished", "all 3 epochs are done"),
    ]


def whole_run() -> list[Event]:
    """A finished run with one event of each kind at least."""
    return [
        *opening(),
        Warned(f"class {HOSTILE} is rare"),
        Measured(epoch=1, step=4, series={"loss": ((1, 1.5), (4, 1.0))}),
        epoch(1, val_loss=0.9),
        epoch(2, val_loss=0.6),
        epoch(3, val_loss=0.7, best=False),
        *closing(),
    ]


def wild_run() -> list[Event]:
    """A run in which everything that can be NaN or infinite is."""
    return [
        *opening(),
        Measured(epoch=1, step=4, series={"loss": ((1, nan), (2, inf), (4, -inf))}),
        epoch(1, val_loss=inf, best=False, recall=nan),
        Tested(epoch=1, metrics={"loss": nan, "accuracy": 0.5}, class_recall=(nan, 1.0, 1.0)),
        RunEnded("diverged", "the loss is not finite", hint="lower the learning rate"),
    ]


def stamped(events: list[Event], start: float = 1_795_000_000.0) -> list[Record]:
    """The events as records, a quarter of a second apart."""
    return [Record(k, start + k / 4, event) for k, event in enumerate(events, 1)]


def view(events: list[Event]) -> RunView:
    return fold(stamped(events))
