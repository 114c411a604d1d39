"""Images that were decoded before, so that the second start need not decode them again.

Nothing here is needed: what is missing or damaged is made anew, and what cannot be written is done without.
"""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from tui_lab.data.images.picture import Pixels

MOST_BYTES = 8 * 10**9
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Decoded:
    """Images `(N, C, H, W)` of a listing. `used`: the places of its files that they are of, in order.

    `digests`: a hash of each image's pixels. `said`: what was done to them, in sentences.
    """

    pixels_NCHW: Pixels
    used: tuple[int, ...]
    digests: tuple[str, ...]
    said: tuple[str, ...]


def cache_folder() -> Path:
    """Where decoded images are kept; it need not exist."""
    return platformdirs.user_cache_path("tui-lab") / "images"


def recall(key: str) -> Decoded | None:
    """What was kept under that key, its pixels on the disk until they are read; None if there is nothing."""
    pixels, about = _paths(key)
    try:
        noted = json.loads(about.read_bytes())
        found = np.load(pixels, mmap_mode="r", allow_pickle=False)
        same = noted["format"] == _FORMAT and found.dtype == np.uint8 and list(found.shape) == noted["shape"]
        if not same or not len(found) == len(noted["used"]) == len(noted["digests"]):
            return None
        os.utime(about)
        return Decoded(found, *(tuple(noted[name]) for name in ("used", "digests", "said")))
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None


def keep(key: str, decoded: Decoded) -> None:
    """Keep it, and let go of what was not used for longest beyond `MOST_BYTES` in all."""
    size = decoded.pixels_NCHW.nbytes
    if size > MOST_BYTES // 2:
        return
    pixels, about = _paths(key)
    noted: dict[str, Any] = {
        "format": _FORMAT,
        "shape": list(decoded.pixels_NCHW.shape),
        "used": decoded.used,
        "digests": decoded.digests,
        "said": decoded.said,
    }
    temporary = pixels.with_name(f".{secrets.token_hex(6)}.tmp")
    try:
        pixels.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_room(pixels.parent, size)
        with temporary.open("wb") as file:
            np.save(file, decoded.pixels_NCHW, allow_pickle=False)
        temporary.replace(pixels)
        temporary.write_text(json.dumps(noted))
        temporary.replace(about)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _paths(key: str) -> tuple[Path, Path]:
    return cache_folder() / f"{key}.npy", cache_folder() / f"{key}.json"


def _make_room(folder: Path, size: int) -> None:
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
