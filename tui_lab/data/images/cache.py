"""A cache of decoded images, which makes the second start faster.

The cache is optional: missing or damaged entries are rebuilt, and write failures are ignored.
"""

import json
import os
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

from tui_lab.data.images.decode_image import Pixels
from tui_lab.errors import InputError
from tui_lab.experiment.network.memory import bytes_text
from tui_lab.files import put, temporary_in, write_atomically

MOST_BYTES = 8 * 10**9
_FORMAT = 2
_TORN_S = 86_400.0  # a temporary file untouched for a day is abandoned
_DISK_SHARE = 0.9  # of the free space: other programs need some too


@dataclass(frozen=True, slots=True)
class Decoded:
    """Images `(N, C, H, W)` of a listing. `used`: the indices of its files, in order.

    `digests`: a hash of each image's pixels; `sums_NC2`: the sums for mean and standard deviation. `said`:
    what was done to them, in sentences. `path`: the file of the pixels, if they do not fit in memory.
    """

    pixels_NCHW: Pixels
    used: tuple[int, ...]
    digests: tuple[str, ...]
    sums_NC2: npt.NDArray[np.int64]
    said: tuple[str, ...]
    path: Path | None = None


def cache_folder() -> Path:
    """The cache folder; it need not exist."""
    return platformdirs.user_cache_path("tui-lab") / "images"


def recall(key: str) -> Decoded | None:
    """The entry with that key, memory-mapped; None if there is none."""
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
    """Store an entry, and evict the least recently used ones beyond `MOST_BYTES` in total."""
    if decoded.pixels_NCHW.nbytes > MOST_BYTES // 2:
        return
    with suppress(OSError), temporary_in(cache_folder()) as temporary:
        _make_room(temporary.parent, decoded.pixels_NCHW.nbytes)
        with temporary.open("wb") as file:
            np.save(file, decoded.pixels_NCHW, allow_pickle=False)
        _put(key, temporary, decoded)


@contextmanager
def on_disk(shape: tuple[int, ...], shown: str) -> Iterator[tuple[Pixels, Path]]:
    """An array in a cache file, to be filled; the file is deleted afterwards unless `settle` kept it.

    Raises InputError if there is not enough disk space.
    """
    folder, size = cache_folder(), prod(shape)
    try:
        _make_room(folder, 0)
        free = shutil.disk_usage(folder).free
        if size > _DISK_SHARE * free:
            raise InputError(
                f"{shown}: {bytes_text(size)} of pixels do not fit in memory, and only {bytes_text(free)} "
                f"are free on the disk of {folder}: make the images smaller (shape), use fewer, "
                "or put the cache elsewhere (XDG_CACHE_HOME)"
            )
        with temporary_in(folder) as temporary:
            yield np.lib.format.open_memmap(temporary, "w+", np.uint8, shape), temporary
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}") from None


def settle(key: str, temporary: Path, decoded: Decoded) -> Decoded:
    """Keep what was decoded into a file of `on_disk`, and return it memory-mapped. Raises OSError."""
    _put(key, temporary, decoded)
    pixels, _ = _paths(key)
    return replace(decoded, pixels_NCHW=np.load(pixels, mmap_mode="r", allow_pickle=False), path=pixels)


def pixels_path(key: str) -> Path:
    """The file of the pixels with that key."""
    return _paths(key)[0]


def _put(key: str, temporary: Path, decoded: Decoded) -> None:
    """Write the pixels first, then the metadata: without it an entry does not count."""
    pixels, about = _paths(key)
    noted = {
        "format": _FORMAT,
        "shape": decoded.pixels_NCHW.shape,
        "used": decoded.used,
        "digests": decoded.digests,
        "sums": decoded.sums_NC2.tolist(),
        "said": decoded.said,
    }
    put(temporary, pixels)
    write_atomically(about, json.dumps(noted).encode())


def _paths(key: str) -> tuple[Path, Path]:
    return cache_folder() / f"{key}.npy", cache_folder() / f"{key}.json"


def _make_room(folder: Path, size: int) -> None:
    """Evict the least recently used entries until `size` bytes fit, and remove abandoned files."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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
