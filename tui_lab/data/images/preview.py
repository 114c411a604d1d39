"""The preview of an image folder before training, without torch.

Legend: N images, K classes, C channels, H height, W width.
"""

from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from tui_lab.data.images.decode_all import BrokenImagesError
from tui_lab.data.images.decode_image import Pixels
from tui_lab.data.images.guess import guess_shape, guessed_preset, look_at_heads
from tui_lab.data.images.listing import Listing, list_images
from tui_lab.data.images.reading import Images, about_images
from tui_lab.data.images.source import read_images
from tui_lab.data.images.survey import SAMPLE_SIDE, SAMPLES, FolderFinalSettings, FolderSurvey
from tui_lab.data.local_file import Progress
from tui_lab.data.split import NAMES
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.presets import Preset
from tui_lab.experiment.sources import GUESS_SHAPE
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.events import DataLoaded

_KEPT = 100


def look_at(experiment: Experiment) -> DataLoaded:
    """The data description of a run; decodes all images."""
    return about_images(read_images(experiment), experiment.data)


def guess(
    spec: DataSpec, task: Task | None, progress: Progress | None, *, pinned: bool
) -> tuple[Preset, tuple[str, ...]]:
    """A preset for the folder of `spec`, and the automatic choices: the shape if none is given, the task.

    Reads only the headers of some images. `pinned`: also what is wrong in the folder. Raises InputError.
    """
    listing = list_images(Path(spec.file))
    said: list[str] = []
    if spec.shape == GUESS_SHAPE:
        shape = guess_shape(listing, *look_at_heads(listing, progress), said)
        spec = spec.model_copy(update={"shape": shape})
    preset = guessed_preset(listing, spec, task, said)
    return preset, (*said, *(listing.warnings if pinned else ()))


def survey(listing: Listing, progress: Progress | None = None) -> FolderSurvey:
    """Counts, sizes and modes, and the automatic shape. Raises InputError."""
    pictures, looked = look_at_heads(listing, progress)
    said: list[str] = []
    counts = Counter(file.label for file in listing.files)
    sizes: Counter[tuple[int, int]] = Counter()
    modes: Counter[str] = Counter()
    for picture, count in pictures.items():
        sizes[picture.width, picture.height] += count
        modes[picture.mode] += count
    return FolderSurvey(
        shown=listing.shown,
        counts=tuple((name, counts[label]) for label, name in enumerate(listing.classes)),
        splits=listing.splits,
        sizes=tuple(sizes.most_common(_KEPT)),
        modes=tuple(modes.most_common()),
        looked=looked,
        shape=guess_shape(listing, pictures, looked, said),
        shape_said=said[0],
    )


def settle(
    listing: Listing, found: FolderSurvey, spec: DataSpec, task: Task | None, progress: Progress | None = None
) -> FolderFinalSettings:
    """What would be trained with this shape, task and split; every image is decoded. Raises nothing.

    `GUESS_SHAPE` and a missing task are chosen automatically.
    """
    said: list[str] = []
    if spec.shape == GUESS_SHAPE:
        spec = spec.model_copy(update={"shape": found.shape})
        said.append(found.shape_said)
    preset = guessed_preset(listing, spec, task, said)
    try:
        images = read_images(preset.experiment(), progress)
    except InputError as error:
        told = (*said, *listing.warnings)
        broken = error.count if isinstance(error, BrokenImagesError) else 0
        return FolderFinalSettings(preset, preset, {}, told, error.problems, broken=broken)
    shape, samples = _samples(images)
    return FolderFinalSettings(
        preset=preset,
        pinned=preset,
        uses={},
        said=(*said, *images.warnings[len(images.doubts) :]),
        doubts=images.doubts,
        data=about_images(images, spec),
        dealt=_dealt(images),
        broken=len(listing.files) - len(images.labels_N),
        sample_shape=shape,
        samples=samples,
    )


def _dealt(images: Images) -> tuple[tuple[int, int, int], ...]:
    count = len(images.classes)
    counts_3K = [np.bincount(images.labels_N[getattr(images.rows, name)], minlength=count) for name in NAMES]
    return tuple((int(train), int(val), int(test)) for train, val, test in zip(*counts_3K, strict=True))


def _samples(images: Images) -> tuple[tuple[int, int, int], tuple[tuple[bytes, ...], ...]]:
    """The first training images of each class, made small."""
    train = images.rows.train
    channels, height, width = images.decoded.pixels_NCHW.shape[1:]
    scale = min(1.0, SAMPLE_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    every = []
    for label in range(len(images.classes)):
        chosen = train[images.labels_N[train] == label][:SAMPLES]
        every.append(tuple(_small(images.decoded.pixels_NCHW[row], size) for row in chosen))
    return (channels, size[1], size[0]), tuple(every)


def _small(pixels_CHW: Pixels, size: tuple[int, int]) -> bytes:
    pixels_HWC = np.ascontiguousarray(np.asarray(pixels_CHW).transpose(1, 2, 0))
    image = Image.fromarray(pixels_HWC.squeeze(2) if pixels_HWC.shape[2] == 1 else pixels_HWC)
    return image.resize(size, Image.Resampling.BOX).tobytes()
