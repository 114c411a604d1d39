"""A folder of images as tensors on the device: split, one uint8 array a split, scaled as they are used.

Legend: N images, C channels, H height, W width.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tui_lab.data.classes import check_classes
from tui_lab.data.images.cache import cache_folder
from tui_lab.data.images.decoding import decode_all
from tui_lab.data.images.digest import digest_of
from tui_lab.data.images.drawn import drawn_folder
from tui_lab.data.images.listing import ImageFile, list_images
from tui_lab.data.images.picture import Pixels
from tui_lab.data.images.recipe import ImageRecipe
from tui_lab.data.reading import Progress
from tui_lab.data.split import NAMES, Rows, SplitRows, deal, split_rows
from tui_lab.errors import InputError
from tui_lab.protocol.events import DataLoaded
from tui_lab.safe import safe
from tui_lab.spec.experiment import Experiment
from tui_lab.spec.presets import DRAWN

if TYPE_CHECKING:
    import torch

    from tui_lab.data.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Images:
    """Images `(N, C, H, W)` with the number of their class, dealt to the splits.

    `files` has their paths under `source`. `sha256` changes with any pixel, class or name.
    """

    source: str
    sha256: str
    pixels_NCHW: Pixels
    labels_N: Rows
    classes: tuple[str, ...]
    files: tuple[str, ...]
    rows: SplitRows
    warnings: tuple[str, ...]


def read_images(experiment: Experiment, progress: Progress | None = None) -> Images:
    """List, decode and split the folder of an experiment. Raises InputError."""
    spec = experiment.data
    listing = list_images(image_folder(spec.file))
    _check_task(experiment, listing.shown, listing.classes)
    decoded = decode_all(listing, spec, progress)
    files = [listing.files[place] for place in decoded.used]
    labels_N = np.array([file.label for file in files], np.int64)
    rows, said = _rows(files, labels_N, listing.splits, experiment, listing.shown)
    warnings = [*listing.warnings, *decoded.said, *said]
    warnings += check_classes(listing.shown, labels_N, listing.classes, rows)
    warnings += _shared(decoded.digests, labels_N, rows, listing.shown)
    entries = (f"{f.split} {f.label} {digest}" for f, digest in zip(files, decoded.digests, strict=True))
    return Images(
        source=spec.file,
        sha256=digest_of(*listing.classes, str(spec.shape), *entries),
        pixels_NCHW=decoded.pixels_NCHW,
        labels_N=labels_N,
        classes=listing.classes,
        files=tuple(file.path for file in files),
        rows=rows,
        warnings=tuple(warnings),
    )


def image_folder(file: str) -> Path:
    """The folder that `DataSpec.file` means; one of drawn images is drawn first. Raises InputError."""
    if file.startswith(DRAWN):
        return drawn_folder(file.removeprefix(DRAWN), cache_folder().parent / "drawn")
    return Path(file)


def load_images(
    experiment: Experiment, device: "torch.device", progress: Progress | None = None
) -> "Dataset":
    """The images of an experiment, resident on `device` as uint8. Raises InputError."""
    return dataset_of(read_images(experiment, progress), experiment, device)


def dataset_of(images: Images, experiment: Experiment, device: "torch.device") -> "Dataset":
    """Images that were read as a dataset on `device`."""
    import torch  # not above: a folder is looked at in the lab, which must not wait for torch

    from tui_lab.data.dataset import Dataset, Part
    from tui_lab.data.images.pixels import Standardise, mean_and_deviation

    spec, rows = experiment.data, images.rows
    mean, std = mean_and_deviation(images.pixels_NCHW, rows.train)
    scale = Standardise(mean, std, device)
    dtype = torch.int64 if experiment.task == "multiclass" else torch.float32

    def part(chosen: Rows) -> Part:
        x = torch.from_numpy(images.pixels_NCHW[chosen]).to(device)
        return Part(x, torch.tensor(images.labels_N[chosen], dtype=dtype, device=device), scale)

    parts = {name: part(getattr(rows, name)) for name in NAMES}
    shape = images.pixels_NCHW.shape[1:]
    about = DataLoaded(
        source=images.source,
        sha256=images.sha256,
        rows=len(images.labels_N),
        features=int(np.prod(shape)),
        shape=shape,
        target=spec.target,
        classes=images.classes,
        split={name: len(found) for name, found in parts.items()},
    )
    recipe = ImageRecipe(
        task=experiment.task,
        target=spec.target,
        classes=images.classes,
        shape=shape,
        fit=spec.fit,
        mean=tuple(mean),
        std=tuple(std),
    )
    return Dataset(
        **parts, about=about, target_mean=0.0, target_std=1.0, warnings=images.warnings, recipe=recipe
    )


def _check_task(experiment: Experiment, shown: str, classes: tuple[str, ...]) -> None:
    if experiment.task == "regression":
        raise InputError(f"{shown}: task: images in class folders have classes; choose binary or multiclass")
    if experiment.task == "binary" and len(classes) != 2:
        raise InputError(
            f"{shown}: task: binary needs 2 classes, and there are {len(classes)} "
            f"({', '.join(safe(name, 40) for name in classes[:5])}, ...); choose multiclass"
        )


def _rows(
    files: list[ImageFile], labels_N: Rows, splits: tuple[str, ...], experiment: Experiment, shown: str
) -> tuple[SplitRows, list[str]]:
    """The splits that the folder has, and those that are dealt from its `train/`, or from all."""
    shares: Mapping[str, float] = experiment.data.split.model_dump(include=set(NAMES))
    asked = experiment.data.split.seed
    seed = experiment.hyperparameters.seed if asked is None else asked
    own: dict[str, Rows] = {
        split: np.array([k for k, file in enumerate(files) if file.split == split], np.int64)
        for split in splits
    }
    missing = [name for name in NAMES if name not in own]
    try:
        if not splits:
            return split_rows(len(files), experiment.data.split, seed, labels_N), []
        if not missing:
            return SplitRows(*(np.random.default_rng(seed).permutation(own[name]) for name in NAMES)), []
        train = own["train"]
        wanted = {name: shares[name] for name in ("train", *missing)}
        wanted = {name: share / sum(wanted.values()) for name, share in wanted.items()}
        dealt = {name: train[rows] for name, rows in deal(len(train), wanted, seed, labels_N[train]).items()}
    except InputError as error:
        raise InputError([f"{shown}: {problem}" for problem in error.problems]) from None
    said = f"{shown}: there is no {' and no '.join(f'{name}/' for name in missing)}: dealt from train/"
    return SplitRows(*((own | dealt)[name] for name in NAMES)), [said]


def _shared(digests: tuple[str, ...], labels_N: Rows, rows: SplitRows, shown: str) -> list[str]:
    """Images that are trained on and scored as well, and images that are of two classes."""
    said = []
    trained = {digests[k] for k in rows.train}
    held_out = [*rows.val, *rows.test]
    if shared := sum(digests[k] in trained for k in held_out):
        said.append(
            f"{shown}: {shared} of the {len(held_out)} images for validation and test are also among those "
            "for training: their scores are too good; take copies out"
        )
    if torn := len(set(zip(digests, labels_N.tolist(), strict=True))) - len(set(digests)):
        said.append(f"{shown}: {torn} images lie in more than one class, pixel by pixel the same")
    return said
