"""Folders of images for tests."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from tui_lab.data.dataset import Dataset
from tui_lab.data.sources import load
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.tasks import Task

CLASSES = ("cats", "dogs")


def picture(seed: int, *, mode: str = "RGB", size: tuple[int, int] = (12, 10)) -> Image.Image:
    """An image of `(width, height)` that no other seed has."""
    width, height = size
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels).convert(mode)


def folder(
    root: Path, *, classes: Iterable[str] = CLASSES, each: int = 10, mode: str = "RGB", first: int = 0
) -> Path:
    """`root` with a subfolder of `each` images for every class."""
    seed = first
    for name in classes:
        (root / name).mkdir(parents=True)
        for number in range(each):
            picture(seed, mode=mode).save(root / name / f"{number}.png")
            seed += 1
    return root


def asked(root: Path, task: Task = "binary", seed: int = 0, **spec: object) -> Experiment:
    """An experiment on the images of `root`."""
    data = DataSpec.model_validate({"source": "images", "shape": (3, 8, 8)} | spec | {"file": str(root)})
    hyper = Hyperparameters(seed=seed, epochs=2, batch_size=4)
    layers = ("conv 4 kernel=3", "activation", "flatten")
    return Experiment(
        preset="mine",
        task=task,
        data=data,
        model=ModelSpec(layers=layers),
        hyperparameters=hyper,
        device="cpu",
    )


def load_images(experiment: Experiment, device: torch.device) -> Dataset:
    """The images of an experiment as tensors."""
    return load(experiment, device)
