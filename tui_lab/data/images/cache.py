"""Images that were decoded before, so that the second start need not decode them again.

Nothing here is needed: what is missing or damaged is made anew, and what cannot be written is done without.
"""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from time import time

import numpy as np
import numpy.typing as npt
import platformdirs

from tui_lab.data.images.picture import Pixels
from tui_lab.errors import InputError
from tui_lab.safe import safe
from tui_lab.spec.memory import bytes_text

MOST_BYTES = 8 * 10**9
_FORMAT = 2
_TORN_S = 86_400.0  # a file that nobody has written to for a day is not being made
_DISK_SHARE = 0.9  # of the free space: others write there too


@dataclass(frozen=True, slots=True)
class Decoded:
    """Images `(N, C, H, W)` of a listing. `used`: the places of its files that they are of, in order.

    `digests`: a hash of each image's pixels; `sums_NC2`: what their mean and deviation are made of. `said`:
    what was done to them, in sentences. `path`: the file of the pixels, if these are more than the memory
    holds.
    """

    pixels_NCHW: Pixels
    used: tuple[int, ...]
    digests: tuple[str, ...]
    sums_NC2: npt.NDArray[np.int64]
    said: tuple[str, ...]
    path: Path | None = None


def cache_folder() -> Path:
    """Where decoded images are kept; it need not exist."""
    return platformdirs.user_cache_path("tui-lab") / "images"


def recall(key: str) -> Decoded | None:
    """What was kept under that key, its pixels on the disk until they are read; None if there is nothing."""
    pixels, about = _paths(key)
    try:
        noted = json.loads(about.read_bytes())
        found = np.load(pixels, mmap_mode="r", allow_pickle=False)
        sums_NC2 = np.array(noted["sums"], np.int64)
        same = noted["format"] == _FORMAT and found.dtype == np.uint8 and list(found.shape) == noted["shape"]
        if not same or not len(found) == len(noted["used"]) == len(noted["digests"]) == len(sums_NC2):
            return None
        os.utime(about)
        return Decoded(found, tuple(noted["used"]), tuple(noted["digests"]), sums_NC2, tuple(noted["said"]))
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None


def keep(key: str, decoded: Decoded) -> None:
    """Keep it, and let go of what was not used for longest beyond `MOST_BYTES` in all."""
    if decoded.pixels_NCHW.nbytes > MOST_BYTES // 2:
        return
    folder = cache_folder()
    temporary = folder / f".{secrets.token_hex(6)}.tmp"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_room(folder, decoded.pixels_NCHW.nbytes)
        with temporary.open("wb") as file:
            np.save(file, decoded.pixels_NCHW, allow_pickle=False)
        _put(key, temporary, decoded)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def on_disk(shape: tuple[int, ...], shown: str) -> Iterator[tuple[Pixels, Path]]:
    """An array in a file of the cache, to be filled; the file is gone afterwards unless `settle` took it.

    Raises InputError if the disk has no room for it.
    """
    folder, size = cache_folder(), prod(shape)
    temporary = folder / f".{secrets.token_hex(6)}.tmp"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_room(folder, 0)
        free = shutil.disk_usage(folder).free
        if size > _DISK_SHARE * free:
            raise InputError(
                f"{shown}: {bytes_text(size)} of pixels are too many for the memory, and {bytes_text(free)} "
                f"are free on the disk of {safe(folder, 300)}: make the images smaller (shape), take fewer, "
                "or name another place for caches (XDG_CACHE_HOME)"
            )
        yield np.lib.format.open_memmap(temporary, "w+", np.uint8, shape), temporary
    except OSError as error:
        raise InputError(f"{safe(folder, 300)}: cannot be written: {safe(error.strerror)}") from None
    finally:
        temporary.unlink(missing_ok=True)


def settle(key: str, temporary: Path, decoded: Decoded) -> Decoded:
    """Keep what was decoded into a file of `on_disk`; the same, read from there. Raises OSError."""
    _put(key, temporary, decoded)
    pixels, _ = _paths(key)
    return replace(decoded, pixels_NCHW=np.load(pixels, mmap_mode="r", allow_pickle=False), path=pixels)


def pixels_path(key: str) -> Path:
    """The file of the pixels that are kept under that key."""
    return _paths(key)[0]


def _put(key: str, temporary: Path, decoded: Decoded) -> None:
    """The file of the pixels first, then what is known of them: without it they do not count."""
    pixels, about = _paths(key)
    noted = {
        "format": _FORMAT,
        "shape": decoded.pixels_NCHW.shape,
        "used": decoded.used,
        "digests": decoded.digests,
        "sums": decoded.sums_NC2.tolist(),
        "said": decoded.said,
    }
    temporary.replace(pixels)
    temporary.write_text(json.dumps(noted))
    temporary.replace(about)


def _paths(key: str) -> tuple[Path, Path]:
    return cache_folder() / f"{key}.npy", cache_folder() / f"{key}.json"


def _make_room(folder: Path, size: int) -> None:
    """Remove what was not used for longest until `size` bytes fit, and what a killed process has left."""
    for torn in folder.glob(".*.tmp"):
        if time() - torn.stat().st_mtime > _TORN_S:
            torn.unlink(missing_ok=True)
    kept = sorted((about.stat().st_mtime, about) for about in folder.glob("*.json"))
    sizes = {about: _size(about.with_suffix(".npy")) for _, about in kept}
    total = size + sum(sizes.values())
    for _, about in kept:
        if total <= MOST_BYTES:
            break
        total -= sizes[about]
        about.unlink(missing_ok=True)
        about.with_suffix(".npy").unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
