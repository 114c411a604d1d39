"""The hyperparameter `speed`: edited live, and what `fast` means for images."""

from pathlib import Path

import pytest
import torch
from torch import nn

from tests.engine import plain
from tests.engine.helpers import epochs, experiment, run_all, step_losses
from tests.engine.masks import CountingDropout
from tests.engine.test_edits import edited
from tui_lab.engine.setup.fast_forward import forward_at
from tui_lab.engine.setup.prepare import prepare
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.presets import bundled_folder, load_preset
from tui_lab.protocol.events import Warned
from tui_lab.protocol.steering_events import Edited

pytestmark = pytest.mark.slow


def digits(activation: str, speed: str = "fast", batch_norm: bool = False) -> Experiment:
    """The preset of images, for two epochs without dropout."""
    asked = load_preset(bundled_folder() / "cnn.toml").experiment(device="cpu")
    values = {
        "epochs": 2,
        "dropout": 0.0,
        "activation": activation,
        "optimizer": "sgd",
        "speed": speed,
        "batch_norm": batch_norm,
        "batch_size": 64,
    }
    return asked.model_copy(update={"hyperparameters": asked.hyperparameters.model_copy(update=values)})


def test_an_edit_takes_effect_between_two_steps_and_back(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=4)
    events = edited(asked, (5, "speed", "fast"), (10, "speed", "exact"))
    exact = step_losses(run_all(asked))
    found = step_losses(events)
    assert found[:5] == exact[:5]
    assert found[5:] != exact[5:]
    assert found == pytest.approx(exact, rel=1e-4)
    assert [(e.step, e.new) for e in events if isinstance(e, Edited)] == [(5, "fast"), (10, "exact")]


def test_dropout_is_drawn_by_number_from_the_edit_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = experiment(tmp_path, epochs=4, dropout=0.4, speed="fast")
    monkeypatch.setattr(plain, "dropout", CountingDropout)
    curves = plain.train(asked, prepare(asked).dataset, 4)
    events = run_all(asked)
    assert step_losses(events) == pytest.approx(curves.step, rel=1e-4)
    assert [e.val_loss for e in epochs(events)] == pytest.approx(curves.val, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("batch_norm", [False, True])
def test_images_train_to_the_same_numbers_up_to_rounding(batch_norm: bool) -> None:
    """In C, or, what C does not know, in torch."""
    exact, fast = (run_all(digits("elu", speed, batch_norm=batch_norm)) for speed in ("exact", "fast"))
    assert step_losses(fast) == pytest.approx(step_losses(exact), rel=1e-4)
    assert [e.val_loss for e in epochs(fast)] == pytest.approx([e.val_loss for e in epochs(exact)], rel=1e-4)
    notes = [e.message for e in fast if isinstance(e, Warned) and "speed" in e.message]
    assert ["channels last" in note for note in notes] == [True] * batch_norm


def channels_last(x: torch.Tensor) -> bool:
    return x.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(("activation", "swapped"), [("elu", True), ("gelu", False)])
def test_images_are_pooled_before_an_activation_that_keeps_their_order(
    activation: str, swapped: bool
) -> None:
    prepared = prepare(digits(activation))
    seen: list[str] = []
    layouts: list[bool] = []
    for module in prepared.network.children():
        module.register_forward_hook(lambda module, _, y: seen.append(type(module).__name__))
        if isinstance(module, nn.Conv2d):
            module.register_forward_pre_hook(lambda _, given: layouts.append(channels_last(given[0])))
    x = prepared.dataset.train.first(3)
    found = forward_at("fast", prepared)(x)
    assert layouts == [True, True]
    assert (seen.index("MaxPool2d") == 1) == swapped
    torch.testing.assert_close(found, prepared.network(x), rtol=1e-5, atol=1e-6)
    assert forward_at("exact", prepared) is prepared.network
