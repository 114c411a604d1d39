"""Runs made up from a few numbers, for the tests of the rules: no torch."""

from collections.abc import Sequence
from dataclasses import replace

from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.events import (
    DataLoaded,
    EpochEnded,
    Event,
    LayerBuilt,
    ModelBuilt,
    Record,
    RunEnded,
    RunStarted,
)
from tui_lab.protocol.layer_events import LayerMeasured, LayersMeasured
from tui_lab.protocol.observed_events import GpuObserved, LinearFitted
from tui_lab.protocol.view import RunView

NAN = float("nan")
STEPS = 10
BASELINE = 1.0
SENSIBLE = {"epochs": 40, "lr": 0.01, "optimizer": "sgd"}


def layer(name: str = "1 linear 8", gradient: float = 0.1, weight: float = 1.0, update: float = 0.002,
          dead: float = NAN, saturated: float = NAN) -> LayerMeasured:  # fmt: skip
    return LayerMeasured(name, gradient, weight, update, 0.0, 1.0, dead, saturated)


def opening(
    val_rows: int = 400, class_rows: dict[str, tuple[int, ...]] | None = None, **hyper: object
) -> list[Event]:
    asked = Experiment(
        preset="made", task="binary", data=DataSpec(file="made.csv", target="y"),
        model=ModelSpec(layers=("linear 8", "activation", "dropout")),
        hyperparameters=Hyperparameters.model_validate(SENSIBLE | hyper),
    )  # fmt: skip
    split = {"train": 1000, "val": val_rows, "test": 100}
    built = (LayerBuilt("linear 8", (8,), 40), LayerBuilt("dropout", (8,), 0))
    return [
        RunStarted(asked, {"device": "cpu"}),
        DataLoaded("made.csv", "0", 1500, 4, (4,), "y", ("no", "yes"), split, class_rows=class_rows or {}),
        ModelBuilt(built, 49, 49, {"loss": BASELINE}, STEPS),
    ]


def ended(number: int, train: float, val: float, best: bool = False, **more: object) -> EpochEnded:
    plain = EpochEnded(
        number, number * STEPS, train, val, 0.01, 0.1, {"accuracy": 0.8}, class_recall=(0.9, 0.9), best=best
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def run_of(
    train: Sequence[float],
    val: Sequence[float] | None = None,
    layers: Sequence[LayerMeasured] = (),
    *,
    opened: Sequence[Event] | None = None,
    end: RunEnded | None = None,
    linear: float | None = None,
    gpu: Sequence[tuple[float, float]] = (),
    **of_epochs: object,
) -> RunView:
    """The view of a run with these losses; the `layers` were measured in each epoch.

    `linear`: the loss of a linear model on both splits. `gpu`: its load and the processor cores used, by
    epoch.
    """
    events: list[Event] = list(opening() if opened is None else opened)
    val, lowest = list(train if val is None else val), float("inf")
    for number, (t, v) in enumerate(zip(train, val, strict=True), 1):
        if layers:
            events.append(LayersMeasured(number * STEPS - 1, number, tuple(layers)))
        events.append(ended(number, t, v, best=v < lowest, **of_epochs))
        lowest = min(lowest, v)
        if number == 1 and linear is not None:
            events.append(LinearFitted(linear, linear, "least squares on the inputs"))
        events += [GpuObserved(number, number * STEPS, 30.0, *seen) for seen in gpu[number - 1 : number]]
    events += [end] if end is not None else []
    return folded(events)


def folded(events: Sequence[Event]) -> RunView:
    view = RunView()
    for seq, event in enumerate(events, 1):
        view.apply(Record(seq, float(seq), event))
    return view
