"""The average of the weights against torch's own `AveragedModel`, bit for bit."""

from pathlib import Path
from queue import SimpleQueue

import pytest
import torch
from torch import Tensor

from tests.engine import plain
from tests.engine.helpers import epochs, experiment, run_all, step_losses
from tui_lab.engine.checkpoints.file import State, load_state
from tui_lab.engine.checkpoints.run_weights import weights_to_validate
from tui_lab.engine.checkpoints.saver import Saver
from tui_lab.engine.diagnostics.activations import look_inside
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.loop import run
from tui_lab.engine.predict import make_predictor
from tui_lab.engine.setup.prepare import prepare
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Edit, Look, Stop
from tui_lab.protocol.events import CheckpointSaved, Event, Tested
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import Edited, ForwardProbed

pytestmark = pytest.mark.slow

K = 5
NETWORKS: dict[str, dict[str, object]] = {
    "dropout": {"dropout": 0.3, "optimizer": "adam"},
    "batch norm": {"batch_norm": True, "optimizer": "sgd", "lr": 0.1},
    "frozen": {"frozen_layers": 1, "optimizer": "rmsprop"},
}
networks = pytest.mark.parametrize("hyper", NETWORKS.values(), ids=NETWORKS)


def trained(asked: Experiment, folder: Path, *planned: Planned) -> tuple[list[Event], State]:
    """The events of a run, and its last checkpoint."""
    saver = Saver(folder, every_s=1e9)
    events = list(run(prepare(asked), SimpleQueue(), interval_s=0, saver=saver, plan=planned))
    saved = [event for event in events if isinstance(event, CheckpointSaved)][-1]
    return events, load_state(folder / saved.file, saved.sha256, torch.device("cpu"))


def set_average(decay: float) -> plain.Change:
    def change(loop: plain.Loop) -> None:
        loop.averaged = plain.average(loop.model, decay) if decay else None

    return change


def assert_same(kept: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    assert kept.keys() == wanted.keys()
    assert all(torch.equal(kept[name], wanted[name]) for name in wanted)


@networks
def test_a_run_with_it_is_validated_and_tested_as_torchs_own_average(
    tmp_path: Path, hyper: dict[str, object]
) -> None:
    asked = experiment(tmp_path, epochs=4, ema_decay=0.9, **hyper)
    events, state = trained(asked, tmp_path / "c")
    data = prepare(asked).dataset
    curves = plain.train(asked, data, 4)
    assert step_losses(events) == curves.step
    assert [e.val_loss for e in epochs(events)] == curves.val
    assert curves.step == step_losses(run_all(experiment(tmp_path, epochs=4, **hyper))), (
        "training is the same"
    )
    assert_same(state["network"], curves.network.state_dict())
    assert_same(weights_to_validate(state), curves.averages[-1])
    best = max(e.epoch for e in epochs(events) if e.best)
    kept = dict(zip(state["best"]["names"], state["best"]["weights"], strict=True))
    wanted = curves.averages[best - 1]
    assert_same(kept, {name: wanted[name] for name in kept})

    predictor = make_predictor(asked, state, torch.device("cpu"))
    assert_same(predictor.network.state_dict(), wanted)
    loss = plain.loss(
        asked, outputs_of_split(predictor.network, data.test, predictor.network), data.test.y, 0.0
    ).item()
    (tested,) = (event for event in events if isinstance(event, Tested))
    assert tested.metrics["loss"] == pytest.approx(loss, rel=1e-6)


@networks
@pytest.mark.parametrize("begun", [0.0, 0.9])
@pytest.mark.parametrize("decay", [0.5, 0.0])
def test_an_edit_of_it_is_as_in_a_plain_loop(
    tmp_path: Path, hyper: dict[str, object], begun: float, decay: float
) -> None:
    if begun == decay:
        return
    asked = experiment(tmp_path, epochs=4, ema_decay=begun, **hyper)
    events, state = trained(asked, tmp_path / "c", Planned(K, Edit("ema_decay", decay)))

    def change(loop: plain.Loop) -> None:
        if loop.averaged is None or not decay:
            set_average(decay)(loop)
        else:
            loop.averaged.multi_avg_fn = plain.get_ema_multi_avg_fn(decay)

    curves = plain.train(asked, prepare(asked).dataset, 4, {K: change})
    assert step_losses(events) == curves.step
    assert [e.val_loss for e in epochs(events)] == curves.val
    assert [e.val_loss for e in epochs(events)] != [e.val_loss for e in epochs(run_all(asked))]
    assert_same(weights_to_validate(state), curves.averages[-1])
    assert bool(state["average"]) is bool(decay)
    (edited,) = (event for event in events if isinstance(event, Edited))
    assert (edited.step, edited.old, edited.new) == (K, begun, decay)
    assert edited.note == ("" if begun and decay else edited.note)
    assert ("starts from the current weights" in edited.note) is (not begun)
    assert ("dropped" in edited.note) is (not decay)


def test_a_run_that_ends_before_its_first_validation_exports_the_average(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=4, ema_decay=0.9)
    _, state = trained(asked, tmp_path / "c", Planned(2, Stop()))
    assert not state["best"]["epoch"]
    torch.manual_seed(asked.hyperparameters.seed)
    weights = [w.detach().clone() for w in plain.network(asked, 4, 1).parameters()]
    network = make_predictor(asked, state, torch.device("cpu")).network
    assert_same(network.state_dict(), state["average"])
    assert not torch.equal(state["average"]["0.weight"], state["network"]["0.weight"])
    assert not torch.equal(state["average"]["0.weight"], weights[0])


def test_what_is_looked_into_are_the_averaged_weights_and_training_goes_on_the_same(tmp_path: Path) -> None:
    """At the end of epoch 2, where another run has its last checkpoint."""
    asked = experiment(tmp_path, epochs=3, ema_decay=0.9, dropout=0.3)
    whole, _ = trained(asked, tmp_path / "whole")
    step = epochs(whole)[1].step
    looked, _ = trained(asked, tmp_path / "looked", Planned(step, Look()))
    (seen,) = [event for event in looked if isinstance(event, ForwardProbed)]
    assert seen.step == step
    assert step_losses(looked) == step_losses(whole)
    assert [e.val_loss for e in epochs(looked)] == [e.val_loss for e in epochs(whole)]

    short = experiment(tmp_path, epochs=2, ema_decay=0.9, dropout=0.3)
    _, state = trained(short, tmp_path / "short")
    prepared = prepare(asked)
    first = prepared.dataset.train.first(prepared.sizes[0])
    for weights, same in ((weights_to_validate(state), True), (state["network"], False)):
        prepared.network.load_state_dict(weights)
        found = look_inside(prepared.network, prepared.layer_names, first, step, 2)
        assert (found.layers == seen.layers) is same
