"""Training on images: augmented as one likes while it trains, and still the same run bit for bit."""

from pathlib import Path

import pytest
import torch

from tests.data.images.folders import asked, folder
from tests.engine.helpers import epochs, run_all, step_losses
from tests.engine.test_resume import resumed, saved_at, untimed
from tui_lab.data.dataset import Part
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.setup.prepare import prepare
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Edit
from tui_lab.protocol.events import CheckpointSaved, DataLoaded, RunEnded, Warned
from tui_lab.protocol.steering_events import CommandRefused, Edited

pytestmark = pytest.mark.slow

ALL = {"flip": 0.5, "rotation": 15.0, "crop": 0.1, "color_jitter": 0.2}


def augmented(tmp_path: Path, **hyper: object) -> Experiment:
    plain = asked(folder(tmp_path / "p", each=20))
    update = {"epochs": 4, "lr": 0.01} | hyper
    return plain.model_copy(update={"hyperparameters": plain.hyperparameters.model_copy(update=update)})


def test_the_same_seed_sees_the_same_and_another_does_not(tmp_path: Path) -> None:
    one = run_all(augmented(tmp_path, **ALL))
    again = run_all(augmented(tmp_path / "again", **ALL))
    assert step_losses(one) == step_losses(again)
    assert step_losses(one) != step_losses(run_all(augmented(tmp_path / "plain")))
    assert isinstance(one[-1], RunEnded) and one[-1].status == "finished"
    assert next(e for e in one if isinstance(e, DataLoaded)).shape == (3, 8, 8)


def test_going_on_equals_never_having_stopped_also_with_augmentation(tmp_path: Path) -> None:
    experiment = augmented(tmp_path, **ALL)
    whole = run_all(experiment)
    for step in (0, 3, 7, 12):
        before = list(saved_at(experiment, tmp_path / f"at{step}", step))
        saved = [event for event in before if isinstance(event, CheckpointSaved)]
        after = resumed(experiment, tmp_path / f"at{step}", saved)
        assert step_losses(before)[: after[0].step] + step_losses(after) == step_losses(whole)  # type: ignore[union-attr]
        assert untimed(whole)[-len(untimed(after)) :] == untimed(after)


@pytest.mark.parametrize(("name", "value"), ALL.items())
def test_augmentation_is_changed_while_it_trains(tmp_path: Path, name: str, value: float) -> None:
    plain, edited = augmented(tmp_path / "a"), augmented(tmp_path / "b")
    events = run_all(edited, Edit(name, value))
    assert [(e.name, e.new) for e in events if isinstance(e, Edited)] == [(name, value)]
    assert step_losses(events) != step_losses(run_all(plain))
    assert step_losses(events) == step_losses(run_all(augmented(tmp_path / "c", **{name: value})))


def test_what_cannot_be_augmented_is_refused(tmp_path: Path) -> None:
    from tests.engine.helpers import experiment

    events = run_all(experiment(tmp_path), Edit("flip", 0.5))
    told = [e for e in events if isinstance(e, CommandRefused)]
    assert len(told) == 1
    assert "only for images" in told[0].why


def test_a_table_is_told_that_augmentation_is_without_effect(tmp_path: Path) -> None:
    from tests.engine.helpers import experiment

    events = run_all(experiment(tmp_path, flip=0.5, color_jitter=0.1))
    assert any("flip, color_jitter: no effect" in e.message for e in events if isinstance(e, Warned))


def test_validation_is_never_augmented(tmp_path: Path) -> None:
    """With a learning rate too small to change anything, the validation loss stays where it was."""
    still = augmented(tmp_path / "a", lr=1e-30, weight_decay=0.0)
    moving = augmented(tmp_path / "b", lr=1e-30, weight_decay=0.0, **ALL)
    for one, other in zip(epochs(run_all(still)), epochs(run_all(moving)), strict=True):
        assert one.val_loss == other.val_loss
        assert one.train_loss != other.train_loss


def test_memory_counts_a_byte_a_pixel(tmp_path: Path) -> None:
    from tui_lab.experiment.network.memory import estimate
    from tui_lab.experiment.network.shapes import plan

    experiment = augmented(tmp_path)
    data = prepare(experiment).dataset
    planned = plan(experiment.model.layers, experiment.hyperparameters, (3, 8, 8), 1)
    spec, about = experiment.data, data.about
    found = estimate(
        planned, about.shape, experiment.hyperparameters, "binary", about.split, spec.value_bytes
    )
    assert found.data == sum(part.x.nbytes + part.y.nbytes for part in (data.train, data.val, data.test))


def test_images_are_evaluated_a_few_at_a_time_in_order() -> None:
    part = Part(torch.randint(0, 256, (70, 3, 64, 64)).to(torch.uint8), torch.zeros(70))
    seen: list[int] = []

    def forward(x: torch.Tensor) -> torch.Tensor:
        seen.append(len(x))
        return x[:, :2, 0, 0].float()

    found = outputs_of_split(torch.nn.Identity(), part, forward)
    assert isinstance(part.x, torch.Tensor)
    assert torch.equal(found, part.x[:, :2, 0, 0].float())
    assert seen == [32, 32, 6]
