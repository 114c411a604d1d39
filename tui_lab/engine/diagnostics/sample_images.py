"""Sample images of the training split, original and augmented.

Legend: B images, C channels, H height, W width.
"""

from base64 import b64encode
from dataclasses import replace

import torch
from torch import Tensor

from tui_lab.data.dataset import Dataset, Part
from tui_lab.data.images.augment import seeing
from tui_lab.data.pixels import Standardise, pixel_bytes, shown_pixels
from tui_lab.data.sources import load
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.commands import Show
from tui_lab.protocol.steering_events import Sample, SamplesShown

MOST, MOST_SIDE = 12, 40
"""The most pairs, and pixels per side, in one answer: at most 154 kB."""
NO_IMAGES = "the inputs of this run are table columns, not images"


def show_samples(
    dataset: Dataset, hyper: Hyperparameters, show: Show, step: int = 0, epoch: int = 0
) -> SamplesShown:
    """Sample images with the seed `show.draw`, each original and augmented.

    Numbers of a table are scaled from their minimum and maximum over these images to 0 and 255. The run does
    not change: neither weights nor random state. Raises InputError if there are no images.
    """
    part = dataset.train
    if len(part.x.shape) != 4:
        raise InputError(NO_IMAGES)
    if part.x.shape[1] not in (1, 3):
        raise InputError(f"cannot show images with {part.x.shape[1]} channels, only 1 (gray) or 3 (colour)")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(show.draw % 2**31)
        chosen = torch.randperm(len(part))[: max(1, min(show.count, MOST))]
        x_BCHW = part.take(chosen)
        see = seeing(_plain(part), hyper) if _augments(part, hyper) else None
        seen_BCHW = None if see is None else see(x_BCHW)
    side = max(1, min(show.side, MOST_SIDE))
    pixels_BCHW = _pixels(part, x_BCHW, x_BCHW, side)
    empty = [b""] * len(chosen)
    seen = empty if seen_BCHW is None else pixel_bytes(_pixels(part, seen_BCHW, x_BCHW, side))
    labels = [_label(dataset, float(value)) for value in part.y[chosen.to(part.y.device)].tolist()]
    samples = (
        Sample(label, b64encode(pixels).decode(), b64encode(other).decode())
        for label, pixels, other in zip(labels, pixel_bytes(pixels_BCHW), seen, strict=True)
    )
    channels, height, width = pixels_BCHW.shape[1:]
    return SamplesShown(step, epoch, show.draw, height, width, channels, tuple(samples))


def show_at_start(experiment: Experiment, show: Show) -> SamplesShown:
    """The images of an experiment that is not running yet. Raises InputError as reading them does."""
    dataset = load(experiment, torch.device("cpu"))
    return show_samples(dataset, experiment.hyperparameters, show)


def _augments(part: Part, hyper: Hyperparameters) -> bool:
    return bool(hyper.flip or hyper.rotation or hyper.crop or (part.scale is not None and hyper.color_jitter))


def _plain(part: Part) -> Part:
    """The same images augmented, as pixels from 0 to 255."""
    if part.scale is None:
        return part
    channels = part.x.shape[1]
    return replace(part, scale=Standardise([0.0] * channels, [1 / 255] * channels, part.y.device))


def _pixels(part: Part, x_BCHW: Tensor, plain_BCHW: Tensor, side: int) -> Tensor:
    """uint8, at most `side` pixels per side; `plain_BCHW` defines black and white."""
    if part.scale is not None:
        return shown_pixels(x_BCHW, side)
    low, high = plain_BCHW.amin(), plain_BCHW.amax()
    return shown_pixels(x_BCHW, side, low, low + (high - low).clamp(min=1e-12))


def _label(dataset: Dataset, value: float) -> str:
    classes = dataset.about.classes
    if classes:
        return classes[int(value)]
    return f"{value * dataset.target_std + dataset.target_mean:.4g}"
