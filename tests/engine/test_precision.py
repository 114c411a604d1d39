"""The precision of a run against a plain loop with torch's autocast, bit for bit, on the CPU."""

from pathlib import Path
from queue import SimpleQueue

import pytest
import torch

from tests.engine import plain
from tests.engine.helpers import epochs, experiment, run_all, step_losses
from tests.engine.test_steering import of
from tests.engine.test_weight_average import trained
from tui_lab.engine.diagnostics.activations import look_inside
from tui_lab.engine.loop import run
from tui_lab.engine.predict import make_predictor
from tui_lab.engine.setup.precision import backward_in, forward_in, unavailable
from tui_lab.engine.setup.prepare import prepare
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Edit
from tui_lab.protocol.events import Event, Tested, Warned
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import Edited

pytestmark = pytest.mark.slow

K = 5
CPU = torch.device("cpu")
TASKS: dict[str, dict[str, object]] = {
    "regression": {"optimizer": "sgd", "grad_clip": 0.5, "accumulate": 2},
    "binary": {"dropout": 0.3, "label_smoothing": 0.1, "ema_decay": 0.5},
    "multiclass": {"batch_norm": True, "schedule": "cosine", "optimizer": "rmsprop"},
}


def assert_as_plain(asked: Experiment, events: list[Event], changes: dict[int, plain.Change]) -> None:
    curves = plain.train(asked, prepare(asked).dataset, 4, changes)
    assert step_losses(events) == curves.step
    assert [e.val_loss for e in epochs(events)] == curves.val
    assert [e.train_loss for e in epochs(events)] == curves.train


@pytest.mark.parametrize("task", TASKS)
def test_bf16_is_torchs_autocast(tmp_path: Path, task: str) -> None:
    asked = experiment(tmp_path, task, epochs=4, precision="bf16", **TASKS[task])  # type: ignore[arg-type]
    events, state = trained(asked, tmp_path / "c")
    assert_as_plain(asked, events, {})
    other = run_all(experiment(tmp_path, task, epochs=4, **TASKS[task]))  # type: ignore[arg-type]
    assert step_losses(events) != step_losses(other)
    assert step_losses(events) == pytest.approx(step_losses(other), rel=0.1)
    weights = [value for value in state["network"].values() if value.is_floating_point()]
    assert {value.dtype for value in weights} == {torch.float32}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(("begun", "value"), [("fp32", "bf16"), ("bf16", "fp32")])
def test_an_edit_of_it_is_as_in_a_plain_loop(tmp_path: Path, task: str, begun: str, value: str) -> None:
    hyper: dict[str, object] = {**TASKS[task], "epochs": 4, "precision": begun}
    asked = experiment(tmp_path, task, **hyper)  # type: ignore[arg-type]
    events = list(
        run(prepare(asked), SimpleQueue(), interval_s=0, plan=[Planned(K, Edit("precision", value))])
    )

    def change(loop: plain.Loop) -> None:
        loop.bf16 = value == "bf16"

    assert_as_plain(asked, events, {K: change})
    (edited,) = of(events, Edited)
    assert (edited.step, edited.old, edited.new, edited.note) == (K, begun, value, "")  # type: ignore[attr-defined]


def test_predict_scores_the_test_split_as_the_run_did(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "binary", epochs=4, precision="bf16")
    events, state = trained(asked, tmp_path / "c")
    predictor, data = make_predictor(asked, state, CPU), prepare(asked).dataset
    outputs = predictor.outputs(data.test.x.numpy())
    (tested,) = of(events, Tested)
    loss = plain.loss(asked, outputs, data.test.y, 0.0).item()
    assert tested.metrics["loss"] == pytest.approx(loss, rel=1e-6)  # type: ignore[attr-defined]
    exact = forward_in("fp32", predictor.network, CPU)(data.test.x)
    assert outputs.dtype == torch.float32
    assert not torch.equal(outputs, exact.detach())


def test_a_look_shows_the_type_of_each_layers_output(tmp_path: Path) -> None:
    prepared = prepare(experiment(tmp_path))
    forward = forward_in("bf16", prepared.network, CPU)
    x = prepared.dataset.train.first(8)
    found = look_inside(prepared.network, prepared.layer_names, x, 0, 0, forward)
    assert [layer.dtype for layer in found.layers] == ["float32", *["bfloat16"] * 4]


def test_tf32_has_no_effect_on_a_cpu_and_says_so(tmp_path: Path) -> None:
    whole = run_all(experiment(tmp_path, precision="tf32"))
    assert step_losses(whole) == step_losses(run_all(experiment(tmp_path)))
    note = "precision tf32 has no effect on cpu: only NVIDIA GPUs have it; computing in fp32"
    assert note in [event.message for event in of(whole, Warned)]  # type: ignore[attr-defined]
    plan = [Planned(K, Edit("precision", "tf32"))]
    events = list(run(prepare(experiment(tmp_path)), SimpleQueue(), interval_s=0, plan=plan))
    (edited,) = of(events, Edited)
    assert edited.note == note  # type: ignore[attr-defined]
    assert step_losses(events) == step_losses(whole)


def settings() -> list[str]:
    cudnn = torch.backends.cudnn
    return [one.fp32_precision for one in (torch.backends.cuda.matmul, cudnn.conv, cudnn.rnn)]


def test_tf32_is_set_only_while_the_network_computes() -> None:
    """On a GPU; its settings can be seen without one."""
    cuda, before = torch.device("cuda"), settings()
    seen: list[list[str]] = []

    class Network(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(settings())
            if x.sum() > 1:
                raise ValueError("broken")
            return 2 * x

    forward, backward = forward_in("tf32", Network(), cuda), backward_in("tf32", cuda)
    weight = torch.ones(1, requires_grad=True)
    loss = forward(weight).sum()
    weight.register_hook(lambda grad: seen.append(settings()))
    backward(loss)
    assert weight.grad is not None
    with pytest.raises(ValueError, match="broken"):
        forward(2 * weight)
    assert seen == [["tf32"] * 3] * 3
    assert settings() == before != ["tf32"] * 3
    assert not unavailable("tf32", cuda)


def test_fp32_leaves_the_network_and_autograd_as_they_are() -> None:
    network = torch.nn.Linear(2, 1)
    for device in (CPU, torch.device("cuda")):
        assert forward_in("fp32", network, device) is network
        assert backward_in("fp32", device) is torch.Tensor.backward
    assert backward_in("bf16", CPU) is torch.Tensor.backward
