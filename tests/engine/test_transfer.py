"""A run that begins with weights from elsewhere: what is taken, at which rate it learns, going on from it."""

from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest
import torch
from torch import Tensor, nn, optim
from torch.optim import lr_scheduler

from tests.engine import plain
from tests.engine.helpers import epochs, experiment, run_all, step_losses
from tests.engine.test_resume import untimed
from tui_lab.engine.checkpoints.last_good import last_good
from tui_lab.engine.checkpoints.saver import Saver
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import prepare
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.model.safetensors import to_bytes
from tui_lab.model.transfer import take
from tui_lab.protocol.commands import Checkpoint, Command, Edit
from tui_lab.protocol.events import (
    CheckpointSaved,
    Event,
    Measured,
    RunResumed,
    Tested,
    WeightsTransferred,
)
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import CommandRefused, Edited

pytestmark = pytest.mark.slow


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))


def test_what_agrees_in_name_and_shape_is_taken() -> None:
    here, there = network(), network()
    given = there.state_dict() | {"3.weight": torch.ones(5, 8), "3.bias": torch.ones(5), "9.x": torch.ones(1)}
    before = here[3].weight.detach().clone()
    found = take(here, given)
    assert found.taken == tuple(name for name in here.state_dict() if name[0] in "01")
    assert found.new == {"3.weight": "5 x 8 there, 3 x 8 here", "3.bias": "5 there, 3 here"}
    assert found.unused == ("9.x",)
    assert torch.equal(here[0].weight, there[0].weight)
    assert torch.equal(here[3].weight, before)


def test_a_layer_is_taken_whole_or_stays_new() -> None:
    here = network()
    bias = here[0].bias.detach().clone()
    found = take(here, network().state_dict() | {"0.weight": torch.ones(8, 5)})
    assert found.new == {"0.weight": "8 x 5 there, 8 x 4 here", "0.bias": "its layer is new"}
    assert torch.equal(here[0].bias, bias)


def test_a_last_layer_that_was_learnt_for_other_classes_stays_new() -> None:
    ours = network()
    given = {name: tensor + 1 for name, tensor in network().state_dict().items()}
    last = [name for name in ours.state_dict() if name.startswith("3.")]
    found = take(ours, given, "learnt for other classes")
    assert found.new == dict.fromkeys(last, "learnt for other classes")
    assert take(ours, given).new == {}


def test_what_is_not_there_stays_new() -> None:
    found = take(network(), {"0.weight": torch.ones(8, 4)})
    assert found.taken == ("0.weight",)
    assert found.new["0.bias"] == found.new["3.weight"] == "not there"


def test_other_precisions_are_converted_and_whole_numbers_are_no_weights() -> None:
    here = network()
    whole = {
        "0.weight": torch.full((8, 4), 0.1, dtype=torch.float16),
        "3.bias": torch.ones(3, dtype=torch.int64),
    }
    found = take(here, whole)
    assert found.taken == ("0.weight",)
    assert here[0].weight.dtype == torch.float32
    assert here[0].weight[0, 0].item() == torch.tensor(0.1, dtype=torch.float16).item()
    assert found.new["3.bias"] == "int64 there, float32 here"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_not_finite_are_refused_before_any_is_taken(value: float) -> None:
    here = network()
    before = here[0].weight.detach().clone()
    with pytest.raises(InputError, match=r"'3\.bias' has values that are not finite"):
        take(here, network().state_dict() | {"3.bias": torch.full((3,), value)})
    assert torch.equal(here[0].weight, before)


def test_values_are_looked_at_as_the_network_would_have_them() -> None:
    here = network()
    eighth = torch.full((8, 4), 0.5).to(torch.float8_e4m3fn)
    assert take(here, {"0.weight": eighth}).taken == ("0.weight",)
    assert here[0].weight[0, 0].item() == 0.5
    large = torch.full((3,), 1e300, dtype=torch.float64)
    with pytest.raises(InputError, match=r"'3\.bias' has values that are too large for float32"):
        take(here, {"3.bias": large})
    with pytest.raises(InputError, match=r"matches .* \(3\.bias: complex64 there, float32 here\)"):
        take(here, {"3.bias": torch.ones(3, dtype=torch.complex64)})


def test_where_nothing_fits_both_sides_are_listed() -> None:
    with pytest.raises(
        InputError, match=r"The file has: fc\.weight \(2 x 2\)\. The network has: 0\.weight \(8 x 4\)"
    ):
        take(network(), {"fc.weight": torch.ones(2, 2)})


def weights(folder: Path, *names: str) -> tuple[Path, dict[str, Tensor]]:
    """A file with the named tensors of a network for `experiment`: 4 inputs, 8 neurons, 3 classes."""
    torch.manual_seed(99)
    made = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3)).state_dict()
    chosen = {name: made[name] for name in names or made}
    path = folder / "w.safetensors"
    path.write_bytes(to_bytes(chosen))
    return path, chosen


FIRST = ("0.weight", "0.bias")


def asked_with(folder: Path, *names: str, **hyper: object) -> tuple[Experiment, dict[str, Tensor]]:
    path, chosen = weights(folder, *names)
    asked = experiment(folder, "multiclass", epochs=4, **hyper)
    return asked.model_copy(update={"model": asked.model.model_copy(update={"weights": str(path)})}), chosen


def by_hand(chosen: dict[str, Tensor], asked: Experiment) -> plain.Change:
    """Put the weights into the plain loop, and let them learn at a rate of their own."""
    hyper = asked.hyperparameters

    def change(loop: plain.Loop) -> None:
        loop.model.load_state_dict(chosen, strict=False)
        named = list(loop.model.named_parameters())
        kind = type(loop.optimizer)
        options = {
            k: v for k, v in loop.optimizer.defaults.items() if k not in ("lr", "decoupled_weight_decay")
        }
        slow = hyper.lr * hyper.transfer_lr_factor
        loop.optimizer = kind(
            [
                {"params": [w for name, w in named if name not in chosen]},
                {"params": [w for name, w in named if name in chosen], "lr": slow},
            ],
            lr=hyper.lr,
            **options,
        )
        if isinstance(loop.scheduler, lr_scheduler.OneCycleLR):
            loop.scheduler = lr_scheduler.OneCycleLR(
                loop.optimizer, [hyper.lr, slow], loop.scheduler.total_steps, cycle_momentum=False
            )
        else:
            loop.scheduler = plain.scheduler(loop.optimizer, hyper, 4)

    return change


def told(events: list[Event]) -> WeightsTransferred:
    (event,) = [event for event in events if isinstance(event, WeightsTransferred)]
    return event


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
@pytest.mark.parametrize("factor", [1.0, 0.1, 0.0])
def test_it_learns_as_a_plain_loop_with_two_groups(tmp_path: Path, optimizer: str, factor: float) -> None:
    asked, chosen = asked_with(tmp_path, *FIRST, optimizer=optimizer, transfer_lr_factor=factor, dropout=0.3)
    events = run_all(asked)
    curves = plain.train(asked, prepare(asked).dataset, 4, {0: by_hand(chosen, asked)})
    assert step_losses(events) == curves.step
    assert [e.val_loss for e in epochs(events)] == curves.val
    assert [e.lr for e in epochs(events)] == curves.lr == [0.01] * 4
    assert told(events).taken == FIRST
    assert told(events).new == {"3.weight": "not there", "3.bias": "not there"}


@pytest.mark.parametrize("schedule", ["step", "cosine", "plateau", "one_cycle"])
def test_both_groups_follow_the_schedule(tmp_path: Path, schedule: str) -> None:
    asked, chosen = asked_with(
        tmp_path, *FIRST, schedule=schedule, step_size=1, transfer_lr_factor=0.2, optimizer="sgd"
    )
    curves = plain.train(asked, prepare(asked).dataset, 4, {0: by_hand(chosen, asked)})
    events = run_all(asked)
    assert step_losses(events) == curves.step
    assert [e.lr for e in epochs(events)] == curves.lr


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
def test_everything_may_be_from_elsewhere(tmp_path: Path, optimizer: str) -> None:
    asked, chosen = asked_with(tmp_path, optimizer=optimizer, transfer_lr_factor=0.5)
    curves = plain.train(asked, prepare(asked).dataset, 4, {0: by_hand(chosen, asked)})
    assert step_losses(run_all(asked)) == curves.step


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle"])
@pytest.mark.parametrize(("before", "after"), [(1.0, 0.25), (0.0, 0.5), (0.5, 0.0)])
def test_the_factor_is_live(tmp_path: Path, schedule: str, before: float, after: float) -> None:
    asked, chosen = asked_with(
        tmp_path, *FIRST, optimizer="sgd", schedule=schedule, transfer_lr_factor=before
    )
    plan = [Planned(5, Edit("transfer_lr_factor", after))]
    events = list(run(prepare(asked), SimpleQueue(), interval_s=0, plan=plan))

    def change(loop: plain.Loop) -> None:
        first, second = loop.optimizer.param_groups
        second.update(
            {key: first[key] * after for key in ("lr", "initial_lr", "max_lr", "min_lr") if key in first}
        )
        if loop.scheduler is not None and hasattr(loop.scheduler, "base_lrs"):
            loop.scheduler.base_lrs[1] = loop.scheduler.base_lrs[0] * after

    curves = plain.train(asked, prepare(asked).dataset, 4, {0: by_hand(chosen, asked), 5: change})
    assert step_losses(events) == curves.step
    assert [e for e in events if isinstance(e, Edited)]
    assert step_losses(events) != step_losses(run_all(asked))


def test_the_factor_needs_something_from_elsewhere(tmp_path: Path) -> None:
    plan = [Planned(2, Edit("transfer_lr_factor", 0.5))]
    events = list(run(prepare(experiment(tmp_path)), SimpleQueue(), interval_s=0, plan=plan))
    (refused,) = [event for event in events if isinstance(event, CommandRefused)]
    assert "this run has no pretrained weights" in refused.why


def test_a_change_of_the_rate_or_the_optimizer_keeps_the_factor(tmp_path: Path) -> None:
    asked, chosen = asked_with(tmp_path, *FIRST, optimizer="sgd", transfer_lr_factor=0.1)
    plan = [Planned(3, Edit("lr", 0.02)), Planned(5, Edit("optimizer", "adam"))]
    events = list(run(prepare(asked), SimpleQueue(), interval_s=0, plan=plan))

    def other(loop: plain.Loop) -> None:
        groups = [{"params": g["params"], "lr": g["lr"]} for g in loop.optimizer.param_groups]
        loop.optimizer = optim.Adam(groups, betas=(0.9, 0.999), fused=True)

    def faster(loop: plain.Loop) -> None:
        for group, lr in zip(loop.optimizer.param_groups, (0.02, 0.02 * 0.1), strict=True):
            group["lr"] = lr

    changes = {0: by_hand(chosen, asked), 3: faster, 5: other}
    curves = plain.train(asked, prepare(asked).dataset, 4, changes)
    assert step_losses(events) == curves.step


def killed_at(asked: Experiment, folder: Path, step: int) -> Iterator[Event]:
    """Train, ask for a checkpoint once `step` updates are made, and be killed right after."""
    commands: SimpleQueue[Command] = SimpleQueue()
    for event in run(prepare(asked), commands, interval_s=0, saver=Saver(folder, every_s=1e9)):
        yield event
        if isinstance(event, Measured) and event.step == step:
            commands.put(Checkpoint())
        if isinstance(event, CheckpointSaved) and (step == 0 or event.reason == "asked"):
            return


def gone_on(asked: Experiment, folder: Path, saved: list[CheckpointSaved]) -> list[Event]:
    prepared = prepare(asked, anew=False)
    point = last_good(folder, saved, prepared.device)
    return list(run(prepared, SimpleQueue(), interval_s=0, resume=point))


@pytest.mark.parametrize(
    "hyper",
    [
        {"optimizer": "adam", "transfer_lr_factor": 0.1, "dropout": 0.5},
        {"optimizer": "sgd", "transfer_lr_factor": 0.3, "schedule": "one_cycle", "frozen_layers": 1},
        {"optimizer": "rmsprop", "transfer_lr_factor": 0.0, "schedule": "cosine", "batch_norm": True},
    ],
    ids=lambda hyper: hyper["optimizer"],
)
def test_going_on_equals_never_having_stopped_and_the_file_may_be_gone(
    tmp_path: Path, hyper: dict[str, object]
) -> None:
    asked, _ = asked_with(tmp_path, *FIRST, **hyper)
    whole = run_all(asked)
    for step in (0, 1, 6, 11):
        weights(tmp_path, *FIRST)
        folder = tmp_path / f"at{step}"
        before = list(killed_at(asked, folder, step))
        (tmp_path / "w.safetensors").unlink()
        saved = [event for event in before if isinstance(event, CheckpointSaved)]
        after = gone_on(asked, folder, saved)
        assert isinstance(after[0], RunResumed)
        assert step_losses(before)[: after[0].step] + step_losses(after) == step_losses(whole), step
        kept = [row for row in untimed(before) if row[1] <= after[0].step]  # type: ignore[operator]
        assert kept + untimed(after) == untimed(whole)
        assert [e for e in after if isinstance(e, Tested)] == [e for e in whole if isinstance(e, Tested)]
