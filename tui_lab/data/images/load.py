"""Images as tensors on the device: one uint8 array per split, normalised on use.

Legend: N images, C channels, H height, W width.
"""

import torch

from tui_lab.data.dataset import Dataset, Part, target_dtype
from tui_lab.data.images.reading import about_images
from tui_lab.data.images.source import read_images
from tui_lab.data.images.statistics import mean_and_deviation
from tui_lab.data.local_file import Progress
from tui_lab.data.mapped import Mapped
from tui_lab.data.messages import in_short
from tui_lab.data.recipes import ImageRecipe
from tui_lab.data.split import NAMES, Rows
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import Experiment


def load(experiment: Experiment, device: torch.device, progress: Progress | None, code: Code) -> Dataset:
    """The images of an experiment, on `device` as uint8, or on disk if they do not fit in memory."""
    images = read_images(experiment, progress, code)
    spec, rows, decoded = experiment.data, images.rows, images.decoded
    shape = decoded.pixels_NCHW.shape[1:]
    mean, std = mean_and_deviation(decoded.sums_NC2[rows.train], shape[1] * shape[2])
    recipe = ImageRecipe(
        task=experiment.task,
        target=spec.target,
        classes=images.classes,
        shape=shape,
        fit=spec.fit,
        mean=tuple(mean),
        std=tuple(std),
    )
    dtype, scale = target_dtype(experiment.task), recipe.scale(device)

    def part(chosen: Rows) -> Part:
        y = torch.tensor(images.labels_N[chosen], dtype=dtype, device=device)
        if decoded.path is not None:
            return Part(Mapped(decoded.path, chosen), y, scale)
        return Part(torch.from_numpy(decoded.pixels_NCHW[chosen]).to(device), y, scale)

    parts = {name: part(getattr(rows, name)) for name in NAMES}
    return Dataset(
        **parts,
        about=about_images(images, spec),
        target_mean=0.0,
        target_std=1.0,
        warnings=in_short(images.warnings, spec.file),
        recipe=recipe,
    )
