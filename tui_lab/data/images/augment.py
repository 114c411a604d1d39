"""Augmentation: a new random view of each image every time it is used for training.

torchvision's transforms draw one angle, shift and brightness for a whole batch; applied image by image they
take as long as the training step itself. Here every image of a batch gets its own parameters, in a few
vectorised calls on the device of the batch. The random numbers come from torch's CPU generator, which is
saved in every checkpoint, so that a resumed run sees the same views; all of a batch are sent at once.

Legend: B images, C channels, H height, W width.
"""

from collections.abc import Callable, Sequence
from math import radians
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from tui_lab.data.dataset import Part
from tui_lab.errors import InputError
from tui_lab.experiment.hyperparameters import Hyperparameters

Augment = Callable[[Tensor], Tensor]
NAMES = ("flip", "rotation", "crop", "color_jitter")


def check_augmentation(part: Part, name: str) -> None:
    """Raise InputError if the hyperparameter `name` does not apply to these inputs."""
    if len(part.x.shape) != 4:
        raise InputError(f"{name}: only for images; the inputs of this run are table columns")
    if name == "color_jitter" and part.scale is None:
        raise InputError(f"{name}: only for image files; the inputs of this run are numbers in a table")


def without_effect(part: Part, hyper: Hyperparameters) -> list[str]:
    """Warnings about augmentation that does not apply to the inputs."""
    idle = []
    for name in NAMES:
        try:
            check_augmentation(part, name)
        except InputError:
            idle += [name] if getattr(hyper, name) else []
    return [f"{', '.join(idle)}: no effect on these inputs; only for images"] if idle else []


def seeing(part: Part, hyper: Hyperparameters) -> Augment | None:
    """The augmentation for batches of `part`; None if there is nothing to do.

    Augmentation that does not apply to the inputs is ignored.
    """
    image = len(part.x.shape) == 4
    chosen = Chosen(
        flip=hyper.flip if image else 0.0,
        rotation=hyper.rotation if image else 0.0,
        crop=hyper.crop if image else 0.0,
        jitter=hyper.color_jitter if part.scale is not None else 0.0,
    )
    if not any(chosen):
        return None if part.scale is None else part.inputs

    return Augmenting(part, chosen)


class Chosen(NamedTuple):
    """The hyperparameters that apply; 0 turns one off."""

    flip: float
    rotation: float
    crop: float
    jitter: float


class Augmenting:
    """Augments batches of a split, and makes network inputs of them."""

    def __init__(self, part: Part, chosen: Chosen) -> None:
        self._part, self._chosen = part, chosen

    def __call__(self, x_BCHW: Tensor) -> Tensor:
        return self.some(x_BCHW, 0, len(x_BCHW))

    def some(self, x_BCHW: Tensor, first: int, rows: int) -> Tensor:
        """The images from `first` on of a batch of `rows`, as they would be in the whole batch."""
        drawn = draw(self._chosen, rows, x_BCHW.shape[-2:])[first : first + len(x_BCHW)]
        return self._part.inputs(augmented(x_BCHW.float(), self._chosen, sent(drawn, x_BCHW.device)))


def draw(chosen: Chosen, rows: int, size: Sequence[int]) -> Tensor:
    """Random numbers for `rows` images of `size` (height, width): `(B, 10)`, on the CPU.

    One decides about the flip, six are the matrix of rotation and shift, three the factors of the colours.
    """
    drawn = torch.zeros(rows, 10)
    if chosen.flip:
        drawn[:, 0] = torch.rand(rows)
    if chosen.rotation or chosen.crop:
        angle_B = spread(rows, chosen.rotation)
        shift_B2 = torch.stack([spread(rows, chosen.crop), spread(rows, chosen.crop)], 1)
        drawn[:, 1:7] = matrices(angle_B, shift_B2, size).view(rows, 6)
    if chosen.jitter:
        drawn[:, 7:] = torch.stack([1 + spread(rows, chosen.jitter) for _ in range(3)], 1)
    return drawn


def sent(drawn: Tensor, device: torch.device) -> Tensor:
    """On the device; a GPU is not waited for."""
    if device.type == "cuda":
        return drawn.pin_memory().to(device, non_blocking=True)
    return drawn.to(device)


def augmented(x_BCHW: Tensor, chosen: Chosen, drawn: Tensor) -> Tensor:
    """The images as the random numbers `drawn`, on the same device, say. Nothing here is random."""
    if chosen.flip:
        x_BCHW = flipped(x_BCHW, drawn[:, 0] < chosen.flip)
    if chosen.rotation or chosen.crop:
        x_BCHW = moved(x_BCHW, drawn[:, 1:7].reshape(-1, 2, 3).contiguous())
    if chosen.jitter:
        x_BCHW = jittered(x_BCHW, *drawn[:, 7:].unbind(1))
    return x_BCHW


def spread(count: int, most: float) -> Tensor:
    """`count` random numbers from `-most` to `most`."""
    return (2 * torch.rand(count) - 1) * most


def flipped(x_BCHW: Tensor, which_B: Tensor) -> Tensor:
    """The images `which_B` flipped horizontally."""
    return torch.where(which_B.view(-1, 1, 1, 1), x_BCHW.flip(-1), x_BCHW)


def matrices(angle_B: Tensor, shift_B2: Tensor, size: Sequence[int]) -> Tensor:
    """What rotates each image by its angle (degrees, counterclockwise) and shifts it by a part of its size.

    `(B, 2, 3)`, for images of `size` (height, width).
    """
    height, width = size
    angle_B = angle_B * radians(1)
    cos_B, sin_B = angle_B.cos(), angle_B.sin()
    rows = (
        torch.stack([cos_B, -sin_B * height / width, 2 * shift_B2[:, 0]], 1),
        torch.stack([sin_B * width / height, cos_B, 2 * shift_B2[:, 1]], 1),
    )
    return torch.stack(rows, 1)


def moved(x_BCHW: Tensor, matrices_B23: Tensor) -> Tensor:
    """Each image moved by its matrix. Bilinear; edge pixels are repeated."""
    grid = F.affine_grid(matrices_B23, list(x_BCHW.shape), align_corners=False)
    return F.grid_sample(x_BCHW, grid, padding_mode="border", align_corners=False)


def jittered(x_BCHW: Tensor, brightness_B: Tensor, contrast_B: Tensor, saturation_B: Tensor) -> Tensor:
    """Scale brightness, contrast and saturation of each image by its factors, for pixels from 0 to 255.

    Like torchvision's `adjust_brightness`, `adjust_contrast` and `adjust_saturation` in sequence, also in how
    much of red, green and blue is in gray; importing them takes two seconds.
    """

    def blend(x_BCHW: Tensor, other: Tensor | float, factor_B: Tensor) -> Tensor:
        factor = factor_B.view(-1, 1, 1, 1)
        return (factor * x_BCHW + (1 - factor) * other).clamp(0, 255)

    def gray(x_BCHW: Tensor) -> Tensor:
        if x_BCHW.shape[1] != 3:
            return x_BCHW
        red, green, blue = x_BCHW.unbind(1)
        return (red * 0.2989 + green * 0.587 + blue * 0.114).unsqueeze(1)

    x_BCHW = blend(x_BCHW, 0.0, brightness_B)
    x_BCHW = blend(x_BCHW, gray(x_BCHW).mean((1, 2, 3), keepdim=True), contrast_B)
    return blend(x_BCHW, gray(x_BCHW), saturation_B)
