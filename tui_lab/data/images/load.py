"""Images as 8-bit pixels, normalised on use: on the device if they fit there, else read in batches.

Legend: N images, C channels, H height, W width.
"""

from pathlib import Path

import numpy as np
import torch

from tui_lab.data.dataset import Dataset, Part, target_dtype
from tui_lab.data.images.decode_image import Pixels
from tui_lab.data.images.reading import about_images
from tui_lab.data.images.source import read_images
from tui_lab.data.images.statistics import mean_and_deviation
from tui_lab.data.local_file import Progress
from tui_lab.data.messages import in_short
from tui_lab.data.off_device import InMemory, OffDevice, OnDisk, too_large
from tui_lab.data.recipes import ImageRecipe
from tui_lab.data.split import NAMES, Rows
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import Experiment


def load(experiment: Experiment, device: torch.device, progress: Progress | None, code: Code) -> Dataset:
    """The images of an experiment; a note says if they are not kept on the GPU."""
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
    source, note = _source(decoded.pixels_NCHW), too_large(decoded.pixels_NCHW.nbytes, device)
    resident = not note and (decoded.path is None or device.type == "cuda")

    def part(chosen: Rows) -> Part:
        y = torch.tensor(images.labels_N[chosen], dtype=dtype, device=device)
        kept = OffDevice(source, torch.from_numpy(chosen), device)
        names = tuple(images.files[row] for row in chosen.tolist())
        return Part(kept.on_device() if resident else kept, y, scale, chosen + 1, names)

    parts = {name: part(getattr(rows, name)) for name in NAMES}
    return Dataset(
        **parts,
        about=about_images(images, spec),
        target_mean=0.0,
        target_std=1.0,
        warnings=in_short(images.warnings, spec.file) + ((note,) if note else ()),
        recipe=recipe,
    )


def _source(pixels_NCHW: Pixels) -> InMemory | OnDisk:
    if isinstance(pixels_NCHW, np.memmap):  # from the cache
        return OnDisk(Path(str(pixels_NCHW.filename)))
    return InMemory(torch.from_numpy(pixels_NCHW))
