"""Measuring the layers: the run does not notice it, whoever makes its updates."""

import random
from collections.abc import Callable, Sequence
from math import inf, isnan
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.engine.helpers import epochs, experiment, step_losses
from tests.engine.test_captured import traced
from tests.engine.test_layer_figures import DEEP, by_hand, images, measured, norm_of
from tests.engine.test_steering import at, driven
from tui_lab.engine.checkpoints.file import load_state
from tui_lab.engine.checkpoints.saver import Saver
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import Prepared, prepare
from tui_lab.engine.state.step_losses import LatchedLosses
from tui_lab.engine.steppers.accumulating import AccumulatingStepper
from tui_lab.engine.steppers.by_hand import ByHandStepper
from tui_lab.engine.steppers.captured import CapturedStepper
from tui_lab.engine.steppers.choose import choose_stepper
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.engine.steppers.native import NativeStepper
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import ModelSpec
from tui_lab.protocol.commands import Advance, Edit, Undo
from tui_lab.protocol.events import Event, RunEnded, Warned
from tui_lab.protocol.layer_events import LayersMeasured
from tui_lab.protocol.steering_events import Edited, StepProbed

SEQUENTIAL = """
import random
import numpy
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, outputs, inputs):
        super().__init__()
        self.first = nn.Linear(inputs, 6)
        self.norm = nn.BatchNorm1d(6)
        self.act = nn.ReLU(inplace=True)
        self.last = nn.Linear(6, outputs)
        self.unused = nn.Linear(2, 2)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        factor = 1 + 0.1 * random.random() + 0.1 * numpy.random.rand() + 0.01 * self.calls
        return self.last(self.act(self.norm(self.first(x) * factor)))

class NotCopied(Net):
    def forward(self, x):
        self.kept = super().forward(x)
        return self.kept
"""


def own(folder: Path, name: str = "Net", batch_size: int = 20) -> Prepared:
    (folder / "net.py").write_text(SEQUENTIAL)
    named = f"{folder / 'net.py'}:{name}"
    asked = experiment(folder, batch_size=batch_size, epochs=2)
    return prepare(
        asked.model_copy(update={"model": ModelSpec(source="module", name=named)}), code=Code(module=named)
    )


def trained(prepared: Prepared, folder: Path, share: float) -> tuple[list[Event], dict[str, Any]]:
    """All events, and the state at the end."""
    torch.manual_seed(99)  # whatever was drawn before must not matter
    np.random.seed(5)
    random.seed(5)
    saver = Saver(folder / f"saved-{share}", inf)
    events = list(run(prepared, SimpleQueue(), interval_s=0, saver=saver, measured_share=share))
    assert isinstance(events[-1], RunEnded)
    (file,) = sorted(saver.folder.glob("step-*.pt"))[-1:]
    return events, load_state(file, None, torch.device("cpu"))


def flat(value: Any, name: str = "") -> dict[str, object]:
    """Every number of a state by its name."""
    if isinstance(value, dict):
        return {k: v for key, part in value.items() for k, v in flat(part, f"{name}.{key}").items()}
    if isinstance(value, list | tuple):
        return {k: v for n, part in enumerate(value) for k, v in flat(part, f"{name}.{n}").items()}
    return {name: value.numpy().tobytes() if isinstance(value, Tensor) else value}


def told(events: Sequence[Event]) -> list[object]:
    return [(e.train_loss, e.val_loss, e.metrics, e.train_metrics) for e in epochs(events)]


CASES: dict[str, tuple[type[EagerStepper], dict[str, Any]]] = {
    "eager": (EagerStepper, {"batch_norm": True, "dropout": 0.3}),
    "by hand": (ByHandStepper, {"dropout": 0.3, "ema_decay": 0.9}),
    "accumulating": (AccumulatingStepper, {"accumulate": 2, "dropout": 0.3}),
    "captured": (CapturedStepper, {"dropout": 0.3, "batch_norm": True}),
    "in C": (NativeStepper, {"speed": "fast", "dropout": 0.3, "grad_clip": 0.1}),
}


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=pytest.mark.slow if c in ("captured", "in C") else ()) for c in CASES]
)
def test_a_run_that_is_measured_at_every_step_is_the_same_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    kind, hyper = CASES[case]
    asked = experiment(tmp_path, "multiclass", DEEP, epochs=5, batch_size=20, **hyper)
    used: set[type] = set()
    choose: Callable[..., EagerStepper] = choose_stepper
    if kind is CapturedStepper:
        choose = traced
        monkeypatch.setattr(
            "tui_lab.engine.state.training_state.watch_losses",
            lambda optimizer, device, steps: LatchedLosses(optimizer, device, steps),
        )

    def noted(*given: Any) -> EagerStepper:
        stepper = choose(*given)
        used.add(type(stepper))
        return stepper

    monkeypatch.setattr("tui_lab.engine.loop.choose_stepper", noted)
    alone, state = trained(prepare(asked), tmp_path, 0.0)
    seen, other = trained(prepare(asked), tmp_path, inf)
    assert used == {kind}
    assert not measured(alone)
    assert len(measured(seen)) >= 5
    assert step_losses(seen) == step_losses(alone)
    assert told(seen) == told(alone)
    state.pop("seconds"), other.pop("seconds")
    assert flat(other) == flat(state)
    assert len(flat(state)) > 40


@pytest.mark.parametrize("which", ["images", "user code"])
def test_augmented_images_and_user_code_that_counts_and_draws_are_the_same_to_the_byte(
    tmp_path: Path, which: str
) -> None:
    def ready() -> Prepared:
        return prepare(images(flip=0.5, rotation=10.0, dropout=0.2)) if which == "images" else own(tmp_path)

    alone, state = trained(ready(), tmp_path, 0.0)
    seen, other = trained(ready(), tmp_path, inf)
    assert len(measured(seen)) >= 6
    assert (step_losses(seen), told(seen)) == (step_losses(alone), told(alone))
    state.pop("seconds"), other.pop("seconds")
    assert flat(other) == flat(state)


def test_the_figures_of_weights_are_those_of_a_step_made_by_hand(tmp_path: Path) -> None:
    """`space` shows the same step."""
    asked = experiment(tmp_path, "multiclass", DEEP, batch_norm=True, batch_size=20)

    commands: SimpleQueue[Any] = SimpleQueue()
    commands.put(Advance("step"))
    probed, seen = None, None
    for event in run(prepare(asked), commands, interval_s=0, measured_share=inf):
        probed = event if isinstance(event, StepProbed) else probed
        seen = event if isinstance(event, LayersMeasured) else seen
        if probed is not None and seen is not None:
            break
    assert probed is not None and seen is not None
    assert seen.step == probed.step == 1
    by_name = {layer.layer: layer for layer in seen.layers}
    for layer in probed.layers:
        twin = by_name[layer.layer]
        assert (twin.gradient, twin.weight, twin.update) == (layer.gradient, layer.weight, layer.update)


def test_user_code_is_measured_where_a_layer_is_used_first_and_not_where_it_is_not(tmp_path: Path) -> None:
    prepared = own(tmp_path)
    seen = measured(list(run(prepared, SimpleQueue(), interval_s=0, measured_share=inf)))
    names = [layer.layer.split(" ")[1] for layer in seen[0].layers]
    assert names == ["first", "norm", "act", "last", "unused"]
    first, norm, act, _, unused = seen[0].layers
    assert abs(norm.mean) < 1e-6 and norm.std == pytest.approx(1, rel=1e-2), "before the ReLU changes it"
    assert act.activations is not None and act.activations.low == 0
    assert first.gradient > 0 and unused.gradient == 0 == unused.update
    assert isnan(unused.mean) and unused.activations is None


def test_a_network_that_cannot_be_copied_is_trained_and_at_worst_not_measured(tmp_path: Path) -> None:
    """Its own passes are measured; those of a few rows need more rows, and a copy."""
    assert len(measured(trained(own(tmp_path, "NotCopied"), tmp_path, inf)[0])) >= 6
    alone, _ = trained(own(tmp_path, "NotCopied", batch_size=8), tmp_path, 0.0)
    events, _ = trained(own(tmp_path, "NotCopied", batch_size=8), tmp_path, inf)
    warnings = [event.message for event in events if isinstance(event, Warned)]
    (said,) = [text for text in warnings if "layers are not measured" in text]
    assert "deepcopy" in said
    assert len(measured(events)) <= 1
    assert step_losses(events) == step_losses(alone)


def test_what_goes_wrong_in_looking_disturbs_no_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = experiment(tmp_path, "multiclass", DEEP, batch_norm=True, batch_size=20)
    alone, _ = trained(prepare(asked), tmp_path, 0.0)

    def broken(*_: object) -> None:
        raise RuntimeError("out of memory")

    for place in ("layer_pass.describe_output", "layer_pass.histogram", "own_pass.weights_by_layer"):
        with monkeypatch.context() as patch:
            patch.setattr(f"tui_lab.engine.diagnostics.{place}", broken)
            events, _ = trained(prepare(asked), tmp_path, inf)
        assert not measured(events)
        assert step_losses(events) == step_losses(alone)
        assert [e.message for e in events if isinstance(e, Warned) and "out of memory" in e.message], place


def test_a_step_that_was_not_made_is_not_reported(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=50, lr=100.0, optimizer="sgd", momentum=0.99)
    events = list(run(prepare(asked), SimpleQueue(), interval_s=0, measured_share=inf))
    last = events[-1]
    assert isinstance(last, RunEnded) and last.status == "diverged"
    steps = [event.step for event in measured(events)]
    assert steps and steps[-1] <= len(step_losses(events)) - 1


def test_few_rows_of_a_batch_are_not_asked_for_dead_units(tmp_path: Path) -> None:
    """The outputs are those of 64 rows then; the gradient is that of the batch."""
    asked = experiment(tmp_path, "multiclass", DEEP, rows=200, batch_size=4, epochs=1)
    seen = measured(list(run(prepare(asked), SimpleQueue(), interval_s=0, measured_share=inf)))
    for layer in seen[0].layers:
        assert layer.activations is not None
        assert sum(layer.activations.counts) % 64 == 0
    hand = by_hand(prepare(asked))
    assert seen[0].layers[0].gradient == pytest.approx(norm_of(hand[0][0]["gradient"]), rel=1e-4)


def test_after_an_edit_it_is_measured_soon_and_an_undo_takes_it_back(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=30, rows=120)
    driver = at({60: [Edit("lr", 0.02)], 100: [Undo()]})
    events = driven(asked, driver, measured_share=1e9)
    edited = next(n for n, event in enumerate(events) if isinstance(event, Edited))
    step = events[edited].step  # type: ignore[attr-defined]
    after = [event.step for event in measured(events[edited:])]
    assert after[0] == step + 1
    assert epochs(events)[-1].epoch == 30


def test_nothing_is_measured_unless_asked(tmp_path: Path) -> None:
    events = list(run(prepare(experiment(tmp_path)), SimpleQueue(), interval_s=0))
    assert not measured(events)
