"""What the loop says and does: order of events, stopping, divergence, the best epoch, telling."""

from math import isnan
from pathlib import Path
from queue import SimpleQueue

import pytest
import torch
from torch import nn

from tests.engine.helpers import ending, epochs, experiment, run_all, step_losses
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import prepare
from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import EpochEnded, Event, Measured, Tested
from tui_lab.protocol.view import RunView


def weights(network: nn.Module) -> list[torch.Tensor]:
    return [p.detach().clone() for p in network.parameters()]


def same(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_events_come_in_order_and_end_with_a_test(tmp_path: Path) -> None:
    events = run_all(experiment(tmp_path, "multiclass"))
    kinds = [event.kind for event in events if not isinstance(event, Measured)]
    assert kinds == [
        "run_started",
        "data_loaded",
        "model_built",
        "epoch_ended",
        "linear_fitted",
        "epoch_ended",
        "epoch_ended",
        "tested",
        "run_ended",
    ]
    assert [e.step for e in epochs(events)] == [4, 8, 12]
    assert ending(events).status == "finished"


def test_a_stop_is_obeyed_between_two_steps(tmp_path: Path) -> None:
    commands: SimpleQueue[Command] = SimpleQueue()
    seen: list[Event] = []
    for event in run(prepare(experiment(tmp_path)), commands, interval_s=0):
        seen.append(event)
        if isinstance(event, Measured) and event.step == 6:
            commands.put(Stop())
    assert ending(seen).status == "stopped"
    assert len(step_losses(seen)) == 6
    assert any(isinstance(event, Tested) for event in seen)


def test_a_stop_without_test_tests_nothing(tmp_path: Path) -> None:
    events = run_all(experiment(tmp_path), Stop(test=False))
    assert [e.kind for e in events[-1:]] == ["run_ended"]
    assert not any(isinstance(event, Tested | EpochEnded) for event in events)


def test_a_loss_that_is_not_finite_stops_before_its_update(tmp_path: Path) -> None:
    prepared = prepare(experiment(tmp_path, lr=100.0, optimizer="sgd", epochs=200))
    before: list[torch.Tensor] = []
    seen: list[Event] = []
    for event in run(prepared, SimpleQueue(), interval_s=0):
        if not isinstance(event, Measured) or not isnan(event.series["loss"][-1][1]):
            before = weights(prepared.network)
        seen.append(event)
        if isinstance(event, Measured) and not all(abs(v) < float("inf") for _, v in event.series["loss"]):
            break
    assert same(before, weights(prepared.network))
    assert all(bool(w.isfinite().all()) for w in before)


def test_a_diverged_run_says_so_and_what_to_do(tmp_path: Path) -> None:
    events = run_all(experiment(tmp_path, lr=100.0, optimizer="sgd", epochs=200))
    end = ending(events)
    assert end.status == "diverged"
    assert "not finite" in end.message
    assert "lower the learning rate from 100 to 0.01, or" in end.hint, "a tenth would diverge as well"
    assert sum(not abs(v) < float("inf") for v in step_losses(events)) == 1


def test_a_diverged_run_keeps_figures_of_batch_norm_that_one_can_go_on_from(tmp_path: Path) -> None:
    asked = experiment(tmp_path, lr=100.0, optimizer="sgd", batch_norm=True, epochs=200)
    prepared = prepare(asked)
    assert ending(list(run(prepared, SimpleQueue()))).status == "diverged"
    assert all(bool(values.isfinite().all()) for values in prepared.network.state_dict().values())


def test_a_validation_loss_that_is_not_finite_ends_the_run_as_diverged(tmp_path: Path) -> None:
    blown_up = {"lr": 100.0, "optimizer": "sgd", "momentum": 0.0, "batch_size": 63, "epochs": 1}
    asked = experiment(tmp_path, layers=("linear 8", "activation", "linear 8", "activation"), **blown_up)
    prepared = prepare(asked)
    prepared.network[-1].register_forward_hook(
        lambda module, _, outputs: outputs if module.training else outputs * 1e30
    )
    events = run_all(prepared)
    assert ending(events).status == "diverged"
    assert "validation loss of epoch 1 is not finite" in ending(events).message
    assert "lower the learning rate" in ending(events).hint


def test_the_test_uses_the_weights_of_the_best_epoch(tmp_path: Path) -> None:
    prepared = prepare(experiment(tmp_path, lr=0.2, epochs=20))
    kept: dict[int, list[torch.Tensor]] = {}
    best = 0
    for event in run(prepared, SimpleQueue()):
        if isinstance(event, EpochEnded):
            kept[event.epoch] = weights(prepared.network)
            best = event.epoch if event.best else best
        if isinstance(event, Tested):
            assert event.epoch == best
    assert best < 20, "the case needs a best epoch that is not the last"
    assert same(weights(prepared.network), kept[best])


def test_best_marks_every_new_low_of_the_validation_loss(tmp_path: Path) -> None:
    ended = epochs(run_all(experiment(tmp_path, lr=0.2, epochs=20)))
    lows = [all(e.val_loss < before.val_loss for before in ended[:k]) for k, e in enumerate(ended)]
    assert [e.best for e in ended] == lows
    assert not all(lows)


def test_patience_ends_a_run_that_no_longer_improves(tmp_path: Path) -> None:
    events = run_all(experiment(tmp_path, lr=0.2, epochs=500, patience=4))
    ended = epochs(events)
    best = max(e.epoch for e in ended if e.best)
    assert ended[-1].epoch == best + 4 < 500
    assert "4 epochs" in ending(events).message


@pytest.mark.parametrize("speed", ["exact", "fast"])
@pytest.mark.parametrize("layers", [("linear 8", "dropout"), ("linear 8", "batch_norm", "activation")])
def test_a_module_that_looks_at_its_mode_is_told_it(
    tmp_path: Path, layers: tuple[str, ...], speed: str
) -> None:
    """One that is called: layers computed by hand do not ask."""
    prepared = prepare(experiment(tmp_path, layers=layers, speed=speed, epochs=2))
    modes: list[bool] = []
    prepared.network[1].register_forward_hook(lambda module, _, outputs: modes.append(module.training))
    run_all(prepared)
    epoch = [True] * len(prepared.sizes) + [False]
    assert modes == [*epoch, *epoch, False], "each step, the validation, and the test at the end"
    assert prepared.network.training


def test_validation_changes_neither_weights_nor_dropout(tmp_path: Path) -> None:
    """Batch norm's averages would move, and dropout would draw, if validation ran in training mode."""
    prepared = prepare(experiment(tmp_path, dropout=0.5, batch_norm=True))
    scores = []
    for event in run(prepared, SimpleQueue()):
        if isinstance(event, EpochEnded):
            state = {k: v.clone() for k, v in prepared.network.state_dict().items()}
            assert prepared.network.training
            prepared.network.eval()
            with torch.no_grad():
                outputs = prepared.network(prepared.dataset.val.x).squeeze(-1)
            prepared.network.train()
            scores.append(nn.functional.mse_loss(outputs, prepared.dataset.val.y).item() == event.val_loss)
            assert all(torch.equal(v, state[k]) for k, v in prepared.network.state_dict().items())
    assert scores == [True] * 3


def test_telling_is_bounded_however_fast_steps_come(tmp_path: Path) -> None:
    prepared = prepare(experiment(tmp_path, epochs=60, batch_size=4))
    events = list(run(prepared, SimpleQueue(), interval_s=1e9))
    told = [event for event in events if isinstance(event, Measured)]
    assert len(told) == 1
    assert len(told[0].series["loss"]) <= 64
    assert told[0].step == 60 * 16


def test_a_view_of_the_events_knows_the_whole_run(tmp_path: Path) -> None:
    from tui_lab.protocol.events import Record

    view = RunView()
    for seq, event in enumerate(run_all(experiment(tmp_path, "binary")), 1):
        view.apply(Record(seq, float(seq), event))
    assert (view.status, view.epoch, view.step, view.total_steps) == ("finished", 3, 12, 12)
    assert view.tested is not None
    assert view.model is not None
    assert view.model.parameters == 4 * 8 + 8 + 8 + 1
