"""Evaluating a run: the one that trains is left as it was; the one that has ended with its best weights."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter
from torch import Tensor

from tests.engine.helpers import epochs, experiment, run_all, step_losses
from tests.engine.test_sample_images import folder as photos
from tests.engine.test_sample_images import of_images
from tests.engine.test_steering import at, driven
from tests.engine.test_weight_average import trained
from tui_lab.engine.diagnostics import run_evaluation
from tui_lab.engine.diagnostics.run_evaluation import evaluate_best, evaluate_now
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.state.training_state import Training
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Evaluate
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.events import Event, Tested
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import CommandRefused, Evaluated
from tui_lab.runs.folder.folder import create
from tui_lab.session.recorder import record_run

LAYERS = ("linear 8", "batch_norm", "relu", "dropout 0.5", "linear 4")
RUNS: dict[str, dict[str, object]] = {
    "plain": {},
    "averaged": {"ema_decay": 0.9},
    "compiled": {"speed": "fast"},
    "gathered": {"accumulate": 2, "optimizer": "sgd", "momentum": 0.9},
}


def answers(events: list[Event]) -> list[Evaluated]:
    return [event for event in events if isinstance(event, Evaluated)]


def read(event: Evaluated) -> Evaluation:
    return TypeAdapter(Evaluation).validate_json(event.report)


def assert_same(a: Any, b: Any, where: str = "state") -> None:
    if isinstance(a, Tensor):
        assert torch.equal(a, b), where
    elif isinstance(a, dict):
        assert a.keys() == b.keys(), where
        for key in a:
            assert_same(a[key], b[key], f"{where}.{key}")
    elif isinstance(a, list | tuple):
        assert len(a) == len(b), where
        for k, (one, other) in enumerate(zip(a, b, strict=True)):
            assert_same(one, other, f"{where}.{k}")
    elif not where.endswith(".seconds"):
        assert a == b, where


@pytest.mark.parametrize("hyper", RUNS.values(), ids=RUNS)
def test_a_run_that_is_evaluated_is_the_run_that_never_was(tmp_path: Path, hyper: dict[str, object]) -> None:
    asked = experiment(tmp_path, "multiclass", LAYERS, epochs=3, **hyper)
    alone, left = trained(asked, tmp_path / "alone")
    seen, kept = trained(asked, tmp_path / "seen", *(Planned(step, Evaluate()) for step in (0, 3, 5)))
    assert [event.step for event in answers(seen)] == [0, 3, 5]
    assert step_losses(seen) == step_losses(alone)
    assert [(e.val_loss, e.metrics) for e in epochs(seen)] == [(e.val_loss, e.metrics) for e in epochs(alone)]
    assert_same(kept, left)


class Stirring(torch.nn.Module):
    """A network of a user's that draws random numbers and counts, also in evaluation mode."""

    def __init__(self) -> None:
        super().__init__()
        self.line = torch.nn.Linear(4, 3)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        torch.rand(3)
        self.calls += 1
        return self.line(x)


def test_neither_weights_nor_buffers_nor_random_numbers_change(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "multiclass", ("linear 8",))
    prepared = replace(prepare(asked), network=Stirring())
    training = Training(prepared)
    before = deepcopy(training.capture())
    evaluate_now(training, "val")
    assert_same(training.capture(), before)
    assert training.network.training


def test_it_is_of_the_weights_as_they_are_validated(tmp_path: Path) -> None:
    """Asked at the end of an epoch: the scores are those of that epoch."""
    asked = experiment(tmp_path, "binary", LAYERS, epochs=2, ema_decay=0.9)
    ended = epochs(run_all(asked))[0]
    events, _ = trained(asked, tmp_path / "c", Planned(ended.step, Evaluate()))
    (found,) = answers(events)
    assert (found.step, found.epoch, found.split) == (ended.step, 1, "val")
    for name in ("accuracy", "loss"):
        wanted = ended.val_loss if name == "loss" else ended.metrics[name]
        assert found.metrics[name] == pytest.approx(wanted, rel=1e-5)
    whole = read(found)
    assert (whole.split, whole.rows, whole.classes) == ("val", 18, ("0", "1"))
    assert whole.verdict is not None


def test_the_test_split_is_kept_for_the_end(tmp_path: Path) -> None:
    events = driven(experiment(tmp_path), at({2: [Evaluate("test")]}))
    refused = [event for event in events if isinstance(event, CommandRefused)]
    assert [(event.command, event.step) for event in refused] == [("evaluate", 2)]
    assert "test split is for the end" in refused[0].why


def test_a_failure_is_one_of_the_evaluation_and_not_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("[/x] out of paper")

    monkeypatch.setattr(run_evaluation, "evaluate", fail)
    events = driven(experiment(tmp_path), at({2: [Evaluate()]}))
    refused = [event for event in events if isinstance(event, CommandRefused)]
    assert "could not be evaluated: RuntimeError: [/x] out of paper" in refused[0].why
    assert events[-1].kind == "run_ended"
    assert len(epochs(events)) == 3


def ended_run(asked: Experiment, root: Path) -> Path:
    folder = create(root, asked)
    for _ in record_run(prepare(asked), folder, SimpleQueue()):
        pass
    return folder.path


def test_of_a_run_that_has_ended_it_is_the_best_epoch_on_the_test_split(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "multiclass", LAYERS, epochs=4, lr=0.05)
    path = ended_run(asked, tmp_path / "runs")
    found = evaluate_best(asked, path, "test")
    tested = next(event for event in run_all(asked) if isinstance(event, Tested))
    assert (found.epoch, found.split) == (tested.epoch, "test")
    assert found.metrics["accuracy"] == pytest.approx(tested.metrics["accuracy"])
    assert found.metrics["loss"] == pytest.approx(tested.metrics["loss"], rel=1e-5)
    validated = evaluate_best(asked, path, "val")
    best = epochs(run_all(asked))[tested.epoch - 1]
    assert validated.metrics["loss"] == pytest.approx(best.val_loss, rel=1e-5)


def test_data_that_have_changed_since_are_not_evaluated(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "binary")
    path = ended_run(asked, tmp_path / "runs")
    with Path(asked.data.file).open("a") as table:
        table.write("0.1,0.2,0.3,0.4,1\n")
    with pytest.raises(InputError, match="have changed since"):
        evaluate_best(asked, path, "test")


def test_images_are_evaluated_too(tmp_path: Path) -> None:
    asked = of_images(photos(tmp_path / "photos"), flip=1.0, epochs=1)
    alone, seen = run_all(asked), driven(asked, at({1: [Evaluate()]}))
    assert step_losses(seen) == step_losses(alone)
    assert read(answers(seen)[0]).rows == len(prepare(asked).dataset.val)
