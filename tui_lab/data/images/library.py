"""torchvision's image data sets: used if on disk, downloaded only on request.

Legend: N images, C channels, H height, W width.
"""

import hashlib
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import torch
from torchvision import datasets
from torchvision.transforms.v2.functional import resize, rgb_to_grayscale  # type: ignore[attr-defined]

from tui_lab.data.images.cache import Decoded
from tui_lab.data.images.decode_image import Pixels
from tui_lab.data.images.listing import ImageFile
from tui_lab.data.images.reading import Images, images_of
from tui_lab.data.images.statistics import sums
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.torchvision_sets import SETS

VARIABLE = "TUI_LAB_DATA"
_URL_ERROR = re.compile(r"<urlopen error (?:\[Errno -?\d+\] )?(.*?)>")


def library_folder() -> Path:
    """The folder of torchvision's data sets: `TUI_LAB_DATA`, or in the user's data folder."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else platformdirs.user_data_path("tui-lab") / "torchvision"


def read_set(experiment: Experiment, *, download: bool = False) -> Images:
    """The data set of an experiment, with the library's own test split. Raises InputError.

    `download`: download it if it is missing.
    """
    name = experiment.data.file
    known = SETS.get(name)
    if known is None:
        raise InputError(f"{name}: unknown data set; known: {', '.join(SETS)}")
    root = library_folder()
    train, test = (_part(name, root, train=train, download=download) for train in (True, False))
    assert experiment.data.shape is not None
    pixels_NCHW = np.concatenate([_as_asked(part.data, experiment.data.shape) for part in (train, test)])
    files = [
        ImageFile(f"{split}/{number:05d}", int(label), split)
        for split, part in (("train", train), ("test", test))
        for number, label in enumerate(part.targets)
    ]
    digests = tuple(hashlib.blake2b(pixels.tobytes(), digest_size=16).hexdigest() for pixels in pixels_NCHW)
    sums_NC2 = np.stack([sums(pixels) for pixels in pixels_NCHW])
    decoded = Decoded(pixels_NCHW, tuple(range(len(files))), digests, sums_NC2, ())
    classes = tuple(str(label) for label in train.classes)
    found = images_of(experiment, name, decoded, files, classes, ("train", "test"))
    return replace(found, warnings=found.doubts)  # that it has no validation split is known


def _part(name: str, root: Path, *, train: bool, download: bool) -> Any:
    try:
        return getattr(datasets, name)(root, train=train, download=download)
    except RuntimeError as error:
        if download:
            raise InputError(_unfetched(name, root, error)) from None
        raise InputError(
            f"{name}: not found in {root}; --download downloads it, about "
            f"{SETS[name].megabytes} MB; {VARIABLE} names another folder"
        ) from None
    except Exception as error:  # the library raises many kinds of errors for unreadable files
        if download and isinstance(error, OSError):
            raise InputError(_unfetched(name, root, error)) from None
        raise InputError(
            f"{name}: its files in {root} are damaged ({type(error).__name__}): remove them, "
            "then --download downloads them again"
        ) from None


def _unfetched(name: str, root: Path, error: Exception) -> str:
    found = _URL_ERROR.search(str(error))  # torchvision lists what it tried on several lines
    why = found[1] if found else str(error).split("\n")[0].rstrip(":")
    return (
        f"{name}: download failed ({why}): check the network. You can also put its files into "
        f"{root}, laid out as torchvision does"
    )


def _as_asked(data: Any, shape: tuple[int, int, int]) -> Pixels:
    """The library's pixels, `(N, H, W)` or `(N, H, W, C)`, converted to `shape`, in chunks."""
    channels, height, width = shape
    x = torch.as_tensor(data)
    x_NCHW = x.unsqueeze(1) if x.dim() == 3 else x.permute(0, 3, 1, 2)
    done = []
    for chunk in torch.split(x_NCHW, 4096):
        if chunk.shape[1] != channels:
            chunk = chunk.expand(-1, 3, -1, -1) if channels == 3 else rgb_to_grayscale(chunk)
        if chunk.shape[-2:] != (height, width):
            chunk = resize(chunk, [height, width], antialias=True)
        done.append(chunk.contiguous().numpy())
    return np.concatenate(done)
