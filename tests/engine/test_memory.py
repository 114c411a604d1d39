"""The estimate of memory, held against the tensors that training really has."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from torch import Tensor

from tests.engine.helpers import experiment, run_all
from tui_lab.engine.setup.prepare import Prepared, prepare
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.tasks.registry import training_loss
from tui_lab.errors import InputError
from tui_lab.experiment.network.memory import Memory, estimate
from tui_lab.experiment.network.shapes import plan
from tui_lab.protocol.events import Warned

LAYERS = ("linear 300", "activation", "batch_norm", "dropout 0.3", "linear 200", "tanh")


def estimated(prepared: Prepared) -> Memory:
    asked, about = prepared.experiment, prepared.dataset.about
    outputs = 3 if asked.task == "multiclass" else 1
    planned = plan(asked.model.layers, asked.hyperparameters, about.shape, outputs)
    return estimate(planned, about.shape, asked.hyperparameters, asked.task, about.split)


def nbytes(tensors: Any) -> int:
    return sum(tensor.nbytes for tensor in tensors)


def one_step(training: Training, prepared: Prepared) -> tuple[int, int]:
    """Bytes that one batch leaves for the backward pass, and bytes of all the layers' outputs."""
    kept: dict[int, int] = {}
    outputs: list[int] = []
    own = {weight.data_ptr() for weight in training.network.parameters()}
    x, y = (t[: training.hyper.batch_size] for t in (prepared.dataset.train.x, prepared.dataset.train.y))

    def keep(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in own | {x.data_ptr(), y.data_ptr()}:
            kept[tensor.data_ptr()] = tensor.nbytes
        return tensor

    hooks = [
        layer.register_forward_hook(lambda m, i, o: outputs.append(o.nbytes)) for layer in training.network
    ]
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = training_loss(prepared.experiment.task, 0.0)(training.network(x), y)
    loss.backward()
    training.optimizer.step()
    for hook in hooks:
        hook.remove()
    return sum(kept.values()), sum(outputs)


@pytest.mark.parametrize("task", ["regression", "multiclass"])
@pytest.mark.parametrize(
    ("optimizer", "momentum"),
    [
        ("sgd", 0.0),
        ("sgd", 0.9),
        ("adam", 0.9),
        ("adamw", 0.9),
        ("rmsprop", 0.0),
        ("rmsprop", 0.9),
        ("adagrad", 0.0),
    ],
)
def test_it_is_what_the_tensors_take(tmp_path: Path, task: str, optimizer: str, momentum: float) -> None:
    asked = experiment(tmp_path, task, LAYERS, optimizer=optimizer, momentum=momentum)  # type: ignore[arg-type]
    prepared = prepare(asked)
    training, found = Training(prepared), estimated(prepared)
    kept, outputs = one_step(training, prepared)
    network, data = training.network, prepared.dataset
    assert found.weights == nbytes([*network.parameters(), *network.buffers()])
    assert found.gradients == nbytes(weight.grad for weight in network.parameters())
    state = [t for values in training.optimizer.state.values() for t in values.values()]
    assert found.optimizer == nbytes(t for t in state if isinstance(t, Tensor) and t.dim())
    assert found.best == nbytes(training.best.state_dict()["weights"])
    parts = (data.train, data.val, data.test)
    assert found.data == sum(part.x.nbytes + part.y.nbytes for part in parts)
    assert found.shuffled == data.train.x.nbytes + data.train.y.nbytes
    assert kept <= found.activations <= 3 * outputs


def test_an_average_of_the_weights_takes_as_much_again_and_a_copy_while_it_is_validated(
    tmp_path: Path,
) -> None:
    prepared = prepare(experiment(tmp_path, layers=LAYERS, ema_decay=0.99))
    average = Training(prepared).average
    assert average is not None
    found = estimated(prepared)
    assert found.average == 2 * nbytes(average.state_dict().values())
    assert found.total == estimated(prepare(experiment(tmp_path, layers=LAYERS))).total + found.average


def test_a_network_that_does_not_fit_is_refused_before_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_lab.engine.setup.network.build", _never)
    with pytest.raises(
        InputError, match=r"parameters; training needs about .* TB .* are free: make the widest"
    ):
        prepare(experiment(tmp_path, layers=("linear 1000000", "linear 1000000")))


def test_one_that_hardly_fits_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = experiment(tmp_path, layers=("linear 1000",), epochs=1)
    needed = estimated(prepare(asked)).further
    with_free(monkeypatch, round(needed * 1.1))
    assert any("leaves little" in e.message for e in run_all(asked) if isinstance(e, Warned))
    with_free(monkeypatch, needed - 1)
    with pytest.raises(InputError, match="lower batch_size"):
        prepare(asked)


def with_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    class Told:
        available = free

    told: Callable[[], Told] = Told
    monkeypatch.setattr(psutil, "virtual_memory", told)


def _never(*_: object) -> None:
    raise AssertionError("the network was made")
