"""What a stepper keeps for the optimizer can be used by another: a probed step is always torch's own."""

from pathlib import Path

import pytest
import torch

from tests.engine.helpers import experiment
from tui_lab.data.batches import epoch_batches
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.by_hand import ByHandStepper
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.experiment.experiment import Experiment


def trained(asked: Experiment, *steppers: type[EagerStepper]) -> list[torch.Tensor]:
    """The weights, and what the optimizer keeps for them, after an update by each stepper."""
    training = Training(prepare(asked))
    training.network.train()
    training.begin_epoch()
    torch.manual_seed(0)
    batches = epoch_batches(training.prepared.dataset.train, training.sizes, training.order)
    for stepper in steppers:
        assert stepper(training).advance(batches, 1)
    kept = [value for state in training.optimizer.state.values() for value in state.values()]
    return [*training.network.parameters(), *(value for value in kept if isinstance(value, torch.Tensor))]


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
def test_torchs_own_step_goes_on_from_updates_by_hand_and_the_reverse(tmp_path: Path, optimizer: str) -> None:
    asked = experiment(tmp_path, optimizer=optimizer, momentum=0.9, dropout=0.3, ema_decay=0.9)
    mixed = trained(asked, ByHandStepper, EagerStepper, ByHandStepper, EagerStepper)
    whole = trained(asked, *[EagerStepper] * 4)
    assert len(mixed) == len(whole) > 4
    assert all(torch.equal(one, other) for one, other in zip(mixed, whole, strict=True))
    assert not any(tensor.is_inference() for tensor in mixed)
