"""New images for a trained network: an image file, or all images of a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tui_lab.data.images.decode_all import decode_all
from tui_lab.data.images.listing import (
    ImageFile,
    Listing,
    class_name,
    file_state,
    is_ignored,
    is_image,
    is_image_file,
)
from tui_lab.data.images.source import read_images
from tui_lab.data.local_file import Progress
from tui_lab.data.recipes import ImageRecipe
from tui_lab.data.unseen import Unseen, check_unchanged
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.safe import safe

RECIPE = ImageRecipe
_UNKNOWN = -1


def read_unseen(
    spec: DataSpec, recipe: ImageRecipe, progress: Progress | None = None, *, anyway: bool = False
) -> Unseen:
    """The images of the file or folder of `spec`, preprocessed with `recipe`. Raises InputError.

    An image in a folder named like a class, at any depth, is taken to be of that class.
    """
    path = Path(spec.file)
    shown = safe(path, 300)
    try:
        root = path.parent if path.is_file() else path
        if not root.is_dir() or not (path.is_file() or path.is_dir()):
            raise InputError(f"{shown}: no such image or folder")
        if path.is_file() and not is_image_file(path):
            raise InputError(
                f"{shown}: not an image, but the run was trained on images: give an image or a "
                "folder of images"
            )
        found = [path] if path.is_file() else list(_images(root))
        files = tuple(_file(image, root, recipe.classes) for image in found)
    except (OSError, ValueError) as error:
        raise InputError(f"{shown}: cannot be read: {error}") from None
    if not files:
        raise InputError(f"{shown}: no images in it, so there is nothing to predict")
    listing = Listing(root, safe(root, 300), recipe.classes, files, (), ())
    spec = spec.model_copy(update={"shape": recipe.shape, "fit": recipe.fit})
    decoded = decode_all(listing, spec, progress)
    used = [files[place] for place in decoded.used]
    answers_N = np.array([file.label if file.label != _UNKNOWN else np.nan for file in used], np.float64)
    numbers_N = np.arange(1, len(used) + 1)
    return Unseen(decoded.pixels_NCHW, numbers_N, answers_N, decoded.said, tuple(file.path for file in used))


def rows_of_split(
    experiment: Experiment, recipe: ImageRecipe, name: str, sha256: str, progress: Progress | None
) -> Unseen:
    """The images of a split, refused if any has changed. Raises InputError."""
    images = read_images(experiment, progress)
    check_unchanged(images.source, images.sha256, sha256, name)
    rows = np.sort(getattr(images.rows, name))
    pixels_NCHW, labels_N = images.decoded.pixels_NCHW[rows], images.labels_N[rows]
    files = tuple(images.files[row] for row in rows)
    return Unseen(pixels_NCHW, rows + 1, labels_N.astype(np.float64), files=files)


def _images(root: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(root), key=lambda entry: os.fsencode(entry.name)):
        if entry.is_dir(follow_symlinks=False) and not is_ignored(entry.name):
            yield from _images(Path(entry.path))
        elif not entry.name.startswith(".") and is_image(entry):
            yield Path(entry.path)


def _file(path: Path, root: Path, classes: tuple[str, ...]) -> ImageFile:
    relative = path.relative_to(root)
    named = [class_name(part) for part in relative.parts[:-1]]
    label = next((classes.index(name) for name in named if name in classes), _UNKNOWN)
    return ImageFile(str(relative), label, "", file_state(path.stat()))
