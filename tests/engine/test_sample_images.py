"""Images shown on request: what they look like, and that nothing of the run changes by it."""

import csv
import random
from base64 import b64decode
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from tests.engine.helpers import epochs, experiment, step_losses
from tests.engine.test_steering import driven
from tui_lab.data.dataset import Dataset
from tui_lab.data.sources import load
from tui_lab.engine.diagnostics.sample_images import MOST, show_samples
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.commands import Command, Pause, Resume, Show, Stop
from tui_lab.protocol.events import Event, Measured
from tui_lab.protocol.steering_events import CommandRefused, Paused, Sample, SamplesShown

CPU = torch.device("cpu")
COLOURS = {"reds": (200, 30, 30), "blues": (10, 20, 220)}


def folder(root: Path, size: tuple[int, int] = (8, 8), count: int = 20) -> Path:
    """Two classes of one colour each, with a white corner at the top left."""
    for name, colour in COLOURS.items():
        (root / name).mkdir(parents=True)
        for k in range(count):
            image = Image.new("RGB", size, colour)
            image.paste((255, 255, 255), (0, 0, size[0] // 2, size[1] // 2))
            image.putpixel((size[0] - 1, size[1] - 1), (k, k, k))
            image.save(root / name / f"{k}.png")
    return root


def of_images(root: Path, shape: tuple[int, int, int] = (3, 8, 8), **hyper: object) -> Experiment:
    return Experiment(
        preset="test",
        task="binary",
        data=DataSpec(source="images", file=str(root), target="class", shape=shape),
        model=ModelSpec(layers=("conv 2 kernel=3 padding=1", "relu", "flatten")),
        hyperparameters=Hyperparameters.model_validate({"epochs": 2, "batch_size": 8, "lr": 0.01} | hyper),
        device="cpu",
    )


def pixels_of(shown: SamplesShown, text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(b64decode(text), np.uint8).reshape(shown.height, shown.width, shown.channels)


def loaded(asked: Experiment) -> Dataset:
    return load(asked, CPU)


def test_images_are_shown_as_they_are_with_their_class(tmp_path: Path) -> None:
    asked = of_images(folder(tmp_path / "photos"))
    shown = show_samples(loaded(asked), asked.hyperparameters, Show())
    assert (shown.height, shown.width, shown.channels, len(shown.samples)) == (8, 8, 3, MOST)
    for sample in shown.samples:
        pixels = pixels_of(shown, sample.pixels)
        assert tuple(pixels[0, 7]) == COLOURS[sample.label]
        assert tuple(pixels[0, 0]) == (255, 255, 255)
        assert sample.seen == ""
    assert {sample.label for sample in shown.samples} == set(COLOURS)


def test_augmentation_is_shown_as_pixels(tmp_path: Path) -> None:
    asked = of_images(folder(tmp_path / "photos"))
    hyper = Hyperparameters(flip=1.0)
    shown = show_samples(loaded(asked), hyper, Show(count=3))
    assert len(shown.samples) == 3
    for sample in shown.samples:
        mirrored = pixels_of(shown, sample.pixels)[:, ::-1]
        assert np.array_equal(pixels_of(shown, sample.seen), mirrored)


def test_the_same_number_draws_the_same_and_another_others(tmp_path: Path) -> None:
    asked = of_images(folder(tmp_path / "photos"))
    dataset, hyper = loaded(asked), Hyperparameters(rotation=90.0, color_jitter=0.5)
    first = show_samples(dataset, hyper, Show(draw=1))
    assert show_samples(dataset, hyper, Show(draw=1)) == first
    assert show_samples(dataset, hyper, Show(draw=2)).samples != first.samples
    assert all(sample.seen and sample.seen != sample.pixels for sample in first.samples)


def test_what_is_large_is_scaled_down_and_what_is_asked_is_bounded(tmp_path: Path) -> None:
    asked = of_images(folder(tmp_path / "photos", (64, 64)), (3, 32, 64))
    dataset = loaded(asked)
    shown = show_samples(dataset, asked.hyperparameters, Show(side=28))
    assert (shown.height, shown.width) == (14, 28)
    shown = show_samples(dataset, Hyperparameters(flip=0.5), Show(side=10_000, count=10_000))
    assert (shown.height, shown.width) == (20, 40)
    assert sum(len(s.pixels) + len(s.seen) for s in shown.samples) < 160_000
    assert len(show_samples(dataset, asked.hyperparameters, Show(side=-1, count=-1)).samples) == 1


def test_neither_the_random_state_nor_the_network_nor_the_losses_change(tmp_path: Path) -> None:
    asked = of_images(folder(tmp_path / "photos"), flip=0.5, rotation=30.0)
    before = torch.get_rng_state()
    show_samples(loaded(asked), asked.hyperparameters, Show(draw=2**40))
    assert torch.equal(torch.get_rng_state(), before)

    def driver(event: Event) -> list[Command]:
        match event:
            case Measured(step=1 | 5):
                return [Show(draw=event.step)]
            case Measured(step=3):
                return [Pause()]
            case Paused():
                return [Show(), Resume()]
        return []

    watched, plain = driven(asked, driver), driven(asked, lambda event: [])
    answers = [event for event in watched if isinstance(event, SamplesShown)]
    assert [answer.draw for answer in answers] == [1, 0, 5]
    assert all(sample.seen for answer in answers for sample in answer.samples)
    assert step_losses(watched) == step_losses(plain)
    assert [e.val_loss for e in epochs(watched)] == [e.val_loss for e in epochs(plain)]


def digits(path: Path, task: str) -> Experiment:
    rng = random.Random(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(f"p{k}" for k in range(16)), "y"])
        for row in range(60):
            writer.writerow(
                [*(rng.randint(0, 16) for _ in range(16)), row % 3 if task != "regression" else row / 7]
            )
    return Experiment(
        preset="digits",
        task=task,  # type: ignore[arg-type]
        data=DataSpec(file=str(path), target="y", shape=(1, 4, 4)),
        model=ModelSpec(layers=("flatten", "linear 4")),
        hyperparameters=Hyperparameters(epochs=1),
        device="cpu",
    )


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_pixels_of_a_table_are_brought_from_black_to_white(tmp_path: Path, task: str) -> None:
    asked = digits(tmp_path / "digits.csv", task)
    shown = show_samples(loaded(asked), Hyperparameters(crop=0.2, color_jitter=0.5), Show())
    assert (shown.height, shown.width, shown.channels) == (4, 4, 1)
    every = np.stack([pixels_of(shown, sample.pixels) for sample in shown.samples])
    assert (every.min(), every.max()) == (0, 255)
    assert len(set((every / 255 * 16).round(2).ravel().tolist())) <= 17
    assert all(isinstance(sample, Sample) and sample.seen for sample in shown.samples)
    labels = {sample.label for sample in shown.samples}
    assert labels <= ({"0", "1", "2"} if task == "multiclass" else {f"{k / 7:.4g}" for k in range(60)})


def test_columns_are_no_images_and_a_run_says_so(tmp_path: Path) -> None:
    asked = experiment(tmp_path)
    with pytest.raises(InputError, match="table columns"):
        show_samples(loaded(asked), asked.hyperparameters, Show())

    def driver(event: Event) -> list[Command]:
        return [Show(), Stop(test=False)] if isinstance(event, Measured) and event.step == 1 else []

    refused = [event for event in driven(asked, driver) if isinstance(event, CommandRefused)]
    assert [(event.command, "not images" in event.why) for event in refused] == [("show", True)]
