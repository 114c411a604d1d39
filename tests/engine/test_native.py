"""Updates in C: torch's numbers up to rounding, for whatever is trained, and a machine without compiler."""

import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine.helpers import ending, experiment, run_all, step_losses
from tests.engine.masks import kept
from tui_lab.data.batches import EpochBatches, epoch_batches
from tui_lab.engine.native import compiler
from tui_lab.engine.native.compiler import NoCompilerError, compiled, find_compiler
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.choose import choose_stepper
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.engine.steppers.native import NativeStepper
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.network.layer_kinds import ACTIVATIONS
from tui_lab.experiment.presets import bundled_folder, load_preset
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.events import Warned

pytestmark = pytest.mark.slow

DEEP = ("linear 19", "activation", "dropout", "linear 5", "activation")
OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop", "adagrad")


def an_epoch(asked: Experiment, stepper: type[EagerStepper], most: int = 100) -> Training:
    """The training after an epoch."""
    training = Training(prepare(asked))
    training.network.train()
    training.begin_epoch()
    batches: EpochBatches = epoch_batches(training.prepared.dataset.train, training.sizes, training.order)
    stepping = stepper(training)
    while batches.left:
        assert stepping.advance(batches, most)
    return training


def everything(training: Training) -> list[torch.Tensor]:
    """Weights, averages, what the optimizer keeps, losses and outputs."""
    state = training.optimizer.state_dict()["state"]
    kept = [state[k][name] for k in sorted(state) for name in sorted(state[k])]
    averages = list(training.average.state_dict().values()) if training.average else []
    outputs = training.outputs.whole()
    assert outputs is not None
    return [
        *training.network.parameters(),
        *averages,
        *kept,
        torch.tensor(training.losses.since(0)),
        *outputs,
    ]


def assert_close(asked: Experiment) -> None:
    found, wanted = everything(an_epoch(asked, NativeStepper)), everything(an_epoch(asked, EagerStepper))
    assert len(found) == len(wanted) > 4
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_every_activation_and_loss_is_torchs(tmp_path: Path, task: Task, activation: str) -> None:
    smoothing = 0.0 if task == "regression" else 0.1
    assert_close(
        experiment(tmp_path, task, DEEP, activation=activation, label_smoothing=smoothing, optimizer="sgd")
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_every_optimizer_is_torchs(tmp_path: Path, optimizer: str, momentum: float) -> None:
    hyper: dict[str, Any] = {
        "weight_decay": 0.01,
        "ema_decay": 0.7,
        "grad_clip": 0.5,
        "schedule": "one_cycle",
    }
    assert_close(experiment(tmp_path, "multiclass", DEEP, optimizer=optimizer, momentum=momentum, **hyper))


@pytest.mark.parametrize(
    "hyper", [{"frozen_layers": 1}, {"accumulate": 3}, {"batch_size": 1}, {"batch_size": 500}]
)
def test_frozen_layers_and_any_number_of_rows(tmp_path: Path, hyper: dict[str, Any]) -> None:
    assert_close(experiment(tmp_path, "binary", DEEP, **hyper))


IMAGES: list[tuple[tuple[int, int, int], tuple[str, ...], dict[str, Any]]] = [
    (
        (1, 8, 8),
        ("conv 3 kernel=3 padding=1", "activation", "max_pool 2", "conv 17 kernel=2", "activation"),
        {},
    ),
    (
        (4, 4, 4),
        ("conv 5 kernel=3 padding=2 stride=2", "max_pool 2", "flatten", "linear 9", "activation"),
        {},
    ),
    ((1, 4, 16), ("activation", "conv 6 kernel=1", "activation", "max_pool 3", "conv 2 kernel=1"), {}),
    ((2, 8, 4), ("conv 20 kernel=4 padding=1", "activation", "flatten"), {"activation": "silu"}),
    ((1, 8, 8), ("conv 4 kernel=3", "max_pool 2", "conv 3 kernel=3 padding=1"), {"frozen_layers": 1}),
]


@pytest.mark.parametrize(("shape", "layers", "hyper"), IMAGES)
def test_images_of_any_shape_are_trained_as_by_torch(
    shape: tuple[int, int, int], layers: tuple[str, ...], hyper: dict[str, Any]
) -> None:
    asked = load_preset(bundled_folder() / "cnn.toml").experiment(device="cpu")
    values = {"dropout": 0.0, "optimizer": "sgd", "lr": 0.01, "batch_size": 70, "grad_clip": 1.0} | hyper
    update = {
        "data": asked.data.model_copy(update={"shape": shape}),
        "model": asked.model.model_copy(update={"layers": layers}),
        "hyperparameters": asked.hyperparameters.model_copy(update=values),
    }
    assert_close(asked.model_copy(update=update))


def test_it_does_not_matter_how_many_updates_a_call_makes(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "multiclass", DEEP, dropout=0.4, ema_decay=0.5, batch_size=8)
    whole = everything(an_epoch(asked, NativeStepper))
    for most in (1, 3):
        for one, other in zip(everything(an_epoch(asked, NativeStepper, most)), whole, strict=True):
            assert torch.equal(one, other)


def test_dropout_keeps_the_share_it_should_and_other_units_every_time() -> None:
    masks = [
        kept(seed, update, layer, (64, 100), 0.3)
        for seed in (0, 2**40)
        for update in (0, 1)
        for layer in (1, 2)
    ]
    for mask in masks:
        assert abs(mask.float().mean().item() - 0.7) < 0.02
    agreement = [(one == other).float().mean().item() for one in masks for other in masks if one is not other]
    assert all(abs(found - (0.7**2 + 0.3**2)) < 0.03 for found in agreement)


def test_a_loss_that_is_not_finite_ends_the_run_before_its_update(tmp_path: Path) -> None:
    ends = []
    for speed in ("exact", "fast"):
        events = run_all(experiment(tmp_path, speed=speed, lr=100, optimizer="sgd", epochs=50))
        ends.append((ending(events).status, len(step_losses(events)), ending(events).message))
    assert ends[0] == ends[1]
    assert ends[0][0] == "diverged"


def test_a_loss_too_large_for_float32_is_infinite(tmp_path: Path) -> None:
    training = Training(prepare(experiment(tmp_path, speed="fast", optimizer="sgd")))
    with torch.no_grad():
        next(training.network.parameters()).mul_(1e24)
    training.begin_epoch()
    batches = epoch_batches(training.prepared.dataset.train, training.sizes, training.order)
    assert not NativeStepper(training).advance(batches, 3), "1e48 is finite where the loss is added up"
    assert training.step == 0 and training.losses.since(0) == [float("inf")]


def test_it_is_chosen_for_what_it_knows_and_says_what_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(**hyper: Any) -> str:
        layers = hyper.pop("layers", DEEP)
        asked = experiment(tmp_path, "binary", layers, speed="fast", epochs=1, **hyper)
        prepared = prepare(asked)
        native = isinstance(choose_stepper(Training(prepared)), NativeStepper)
        notes = [e.message for e in run_all(prepared) if isinstance(e, Warned) and "speed" in e.message]
        assert native == (not notes)
        return "".join(notes)

    assert said() == said(accumulate=2) == ""
    assert "other than linear" in said(batch_norm=True)
    assert "bf16" in said(precision="bf16")
    assert "so large" in said(layers=("linear 20000",))
    assert "so large" in said(layers=("linear 250", "linear 250") * 9, batch_size=63)
    monkeypatch.setattr(compiler, "_COMPILERS", ("no-such-compiler",))
    monkeypatch.delenv("CC", raising=False)
    compiled.cache_clear()
    assert said() == "speed fast: computing as exact; there is no C compiler here (cc, gcc or clang)"
    compiled.cache_clear()


def test_a_single_step_is_measured_and_exact(tmp_path: Path) -> None:
    training = Training(prepare(experiment(tmp_path, speed="fast")))
    assert type(choose_stepper(training, training.prepared.layer_names)) is EagerStepper


def test_it_is_compiled_once_and_again_if_the_code_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source, made = tmp_path / "one.c", Counter[str]()
    run = subprocess.run

    def counted(command: list[str], **options: Any) -> Any:
        made[Path(command[-2]).read_text()] += 1
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", counted)
    monkeypatch.setenv("CC", f"{find_compiler()[0]} -DUNUSED=1")
    for number in (1, 1, 2, 1):
        source.write_text(f"int number(void) {{ return {number}; }}")
        compiled.cache_clear()
        library = compiled(source)
        assert not isinstance(library, NoCompilerError)
        assert library.number() == number
    assert list(made.values()) == [1, 1]
    source.write_text("int number(void) { return oh; }")
    compiled.cache_clear()
    failed = compiled(source)
    assert isinstance(failed, NoCompilerError)
    assert find_compiler()[0] in str(failed)
    assert "oh" in str(failed)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.suffix == ".tmp"]
    compiled.cache_clear()


@pytest.mark.parametrize("preset", ["regression", "multiclass", "cnn"])
def test_it_evaluates_with_the_bits_of_the_network_and_leaves_it_in_training_mode(preset: str) -> None:
    """With the bits of `forward`, which takes images in another layout."""
    asked = load_preset(bundled_folder() / f"{preset}.toml").experiment(device="cpu")
    hyper = asked.hyperparameters.model_copy(update={"speed": "fast"})
    training = Training(prepare(asked.model_copy(update={"hyperparameters": hyper})))
    training.network.train()
    val = training.prepared.dataset.val
    found = NativeStepper(training).outputs_of(val)
    assert torch.equal(found, EagerStepper(training).outputs_of(val))
    assert torch.equal(found, NativeStepper(training).outputs_of(val)), "nothing is drawn"
    assert all(module.training for module in training.network.modules())


@pytest.mark.parametrize("speed", ["exact", "fast"])
def test_an_epoch_of_a_plain_stack_calls_no_module_and_changes_no_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speed: str
) -> None:
    asked = experiment(tmp_path, "binary", DEEP, speed=speed, epochs=3)
    prepared, done = prepare(asked), Counter[str]()
    for name in ("_call_impl", "train"):
        monkeypatch.setattr(torch.nn.Module, name, counting(done, name, getattr(torch.nn.Module, name)))
    events = run_all(prepared)
    assert ending(events).status == "finished"
    assert done["train"] < 3 * (1 + len(list(prepared.network.modules()))), "at the start, and for the test"
    assert done["_call_impl"] == 1 + len(list(prepared.network.children())), "the test alone"


def counting(done: Counter[str], name: str, method: Any) -> Any:
    """The method, each call of which is counted under a name."""

    def counted(*given: Any, **more: Any) -> Any:
        done[name] += 1
        return method(*given, **more)

    return counted
