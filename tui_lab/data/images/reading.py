"""Reading an image folder without torch: list, decode, split.

Legend: N images.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tui_lab.data.classes import check_classes
from tui_lab.data.description import describe
from tui_lab.data.images.cache import Decoded, cache_folder
from tui_lab.data.images.decode_all import decode_all
from tui_lab.data.images.digest import digest_of
from tui_lab.data.images.drawn import drawn_folder
from tui_lab.data.images.listing import ImageFile, list_images
from tui_lab.data.local_file import Progress
from tui_lab.data.messages import counted
from tui_lab.data.split import NAMES, Rows, SplitRows, deal, in_folds, split_rows
from tui_lab.errors import InputError, placed
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.presets import DRAWN
from tui_lab.experiment.tasks import TASKS
from tui_lab.protocol.events import DataLoaded
from tui_lab.safe import safe


@dataclass(frozen=True, slots=True)
class Images:
    """Decoded images with their class numbers and splits.

    `files` has their paths in `source`. `sha256` changes with any pixel, class or name. `doubts`: the
    `warnings` about the scores; they come first.
    """

    source: str
    sha256: str
    decoded: Decoded
    labels_N: Rows
    classes: tuple[str, ...]
    files: tuple[str, ...]
    rows: SplitRows
    warnings: tuple[str, ...]
    doubts: tuple[str, ...] = ()


def read_folder(experiment: Experiment, progress: Progress | None = None) -> Images:
    """List, decode and split the folder of an experiment. Raises InputError."""
    spec = experiment.data
    listing = list_images(image_folder(spec.file))
    _check_task(experiment, listing.shown, listing.classes)
    decoded = decode_all(listing, spec, progress)
    files = [listing.files[place] for place in decoded.used]
    found = images_of(experiment, listing.shown, decoded, files, listing.classes, listing.splits)
    return replace(found, warnings=(*found.warnings, *listing.warnings, *decoded.said))


def images_of(
    experiment: Experiment,
    shown: str,
    decoded: Decoded,
    files: list[ImageFile],
    classes: tuple[str, ...],
    splits: tuple[str, ...],
) -> Images:
    """Decoded images in splits, with warnings. Raises InputError.

    `splits`: those that `files` already have.
    """
    spec = experiment.data
    _check_task(experiment, shown, classes)
    labels_N = np.array([file.label for file in files], np.int64)
    rows, dealt = _rows(files, labels_N, splits, experiment, shown, classes)
    doubts = check_classes(shown, labels_N, classes, rows)
    doubts += _shared(decoded.digests, labels_N, rows, shown)
    entries = (f"{f.split} {f.label} {digest}" for f, digest in zip(files, decoded.digests, strict=True))
    return Images(
        source=spec.file,
        sha256=digest_of(*classes, str(spec.shape), *entries),
        decoded=decoded,
        labels_N=labels_N,
        classes=classes,
        files=tuple(file.path for file in files),
        rows=rows,
        warnings=(*doubts, *dealt),
        doubts=tuple(doubts),
    )


def about_images(images: Images, spec: DataSpec) -> DataLoaded:
    """The data description of the images."""
    shape = images.decoded.pixels_NCHW.shape[1:]
    return describe(spec, images.sha256, shape, images.labels_N, images.classes, images.rows)


def image_folder(file: str) -> Path:
    """The folder that `DataSpec.file` refers to; generated images are generated first. Raises InputError."""
    if file.startswith(DRAWN):
        return drawn_folder(file.removeprefix(DRAWN), cache_folder().parent / "drawn")
    return Path(file)


def _check_task(experiment: Experiment, shown: str, classes: tuple[str, ...]) -> None:
    task = TASKS[experiment.task]
    if task.numeric:
        raise InputError(f"{shown}: task: images in class folders have classes; choose binary or multiclass")
    if task.classes == (2, 2) and len(classes) != 2:
        raise InputError(
            f"{shown}: task: binary needs 2 classes, but there are {len(classes)} "
            f"({', '.join(safe(name, 40) for name in classes[:5])}, ...); choose multiclass"
        )


def _rows(
    files: list[ImageFile],
    labels_N: Rows,
    splits: tuple[str, ...],
    experiment: Experiment,
    shown: str,
    classes: tuple[str, ...],
) -> tuple[SplitRows, list[str]]:
    """The folder's own splits, and random ones taken from its `train/`, or from everything."""
    asked = experiment.data.split
    shares: Mapping[str, float] = asked.model_dump(include=set(NAMES))
    seed = experiment.hyperparameters.seed if asked.seed is None else asked.seed
    own: dict[str, Rows] = {
        split: np.array([k for k, file in enumerate(files) if file.split == split], np.int64)
        for split in splits
    }
    missing = [name for name in NAMES if name not in own]
    with placed(shown):
        if not splits:
            return split_rows(len(files), asked, seed, labels_N, classes), []
        if asked.folds is not None and "val" in own:
            raise InputError(
                "folds: the folder has a validation split of its own (val/), so there is none to deal into "
                "folds; move its images to train/"
            )
        if not missing:
            return SplitRows(*(np.random.default_rng(seed).permutation(own[name]) for name in NAMES)), []
        train = own["train"]
        wanted = {name: shares[name] for name in ("train", *missing)}
        wanted = {name: share / sum(wanted.values()) for name, share in wanted.items()}
        dealt = {name: train[rows] for name, rows in deal(len(train), wanted, seed, labels_N[train]).items()}
        rows = SplitRows(*((own | dealt)[name] for name in NAMES))
        rows = in_folds(rows, asked, seed, labels_N, classes)
    said = f"{shown}: no {' and no '.join(f'{name}/' for name in missing)}: split off from train/"
    return rows, [said]


def _shared(digests: tuple[str, ...], labels_N: Rows, rows: SplitRows, shown: str) -> list[str]:
    """Warn about images that are in training and in validation or test, or in two classes."""
    said = []
    trained = {digests[k] for k in rows.train}
    held_out = [*rows.val, *rows.test]
    if shared := sum(digests[k] in trained for k in held_out):
        said.append(
            f"{shown}: {shared} of the {len(held_out)} images for validation and test are also among those "
            "for training, so their scores are too optimistic; remove the duplicates"
        )
    if torn := len(set(zip(digests, labels_N.tolist(), strict=True))) - len(set(digests)):
        torn_images = counted(torn, "image is", "images are")
        said.append(f"{shown}: {torn_images} in more than one class (identical pixels)")
    return said
