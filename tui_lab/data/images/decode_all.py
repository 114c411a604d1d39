"""All images of a listing as one array: decoded once, with every error found before training starts."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from math import prod
from time import perf_counter

import numpy as np
import numpy.typing as npt

from tui_lab.data.images.cache import Decoded, keep, on_disk, pixels_path, recall, settle
from tui_lab.data.images.decode_image import ImageHeader, PictureError, Pixels, decode
from tui_lab.data.images.listing import ImageFile, Listing
from tui_lab.data.images.statistics import sums
from tui_lab.data.local_file import FractionRead, Progress, free_memory
from tui_lab.data.messages import counted
from tui_lab.data.read_ahead import read_ahead
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec
from tui_lab.safe import safe

WORTH_KEEPING_S = 0.5
_SHARE = 0.5  # of the free memory, since the splits are copies
_LISTED = 10
_CHUNK = 64  # files that a thread takes at once, where there are many,
_CHUNK_BYTES = 10**6  # unless they are large: who interrupts waits for those that are begun
_TOLD_S = 0.2


def decode_all(listing: Listing, spec: DataSpec, progress: Progress | None = None) -> Decoded:
    """The images of `listing` as `spec` asks. Raises InputError with all unreadable ones.

    They are cached if decoding took long. If they do not fit in memory they stay on disk.
    """
    found = _decoded(listing, spec, progress)
    return replace(found, said=tuple(f"{listing.shown}: {sentence}" for sentence in found.said))


def _decoded(listing: Listing, spec: DataSpec, progress: Progress | None) -> Decoded:
    """The same; messages do not name the folder yet, as the cache may be used from another path."""
    assert spec.shape is not None
    key, shape = _key(listing, spec), (len(listing.files), *spec.shape)
    too_many = prod(shape) > _SHARE * free_memory()
    found = recall(key)
    if found is not None:
        return replace(found, path=pixels_path(key)) if too_many else found
    if too_many:
        with on_disk(shape, listing.shown) as (pixels, path):
            found = _Decoder(listing, spec, pixels).run(progress)
            return settle(key, path, found)
    began = perf_counter()
    found = _Decoder(listing, spec, np.empty(shape, np.uint8)).run(progress)
    if perf_counter() - began > WORTH_KEEPING_S:
        keep(key, found)
    return found


def _key(listing: Listing, spec: DataSpec) -> str:
    return hashlib.sha256(f"{listing.fingerprint} {spec.shape} {spec.fit} {spec.broken}".encode()).hexdigest()


def _chunk(files: Sequence[ImageFile], workers: int) -> int:
    """How many files a thread takes at once."""
    mean_bytes = sum(sum(file.state[:1]) for file in files) // len(files)
    return max(1, min(_CHUNK, len(files) // (4 * workers), _CHUNK_BYTES // max(1, mean_bytes)))


@dataclass(frozen=True, slots=True)
class _One:
    """A decoded image."""

    pixels: Pixels
    picture: ImageHeader
    digest: str
    sums_C2: npt.NDArray[np.int64]


class BrokenImagesError(InputError):
    """Images that cannot be decoded and should not be skipped: `count` of them."""

    def __init__(self, problems: list[str], count: int) -> None:
        super().__init__(problems)
        self.count = count


class _Decoder:
    """One pass over the files, collecting errors and what was done to the images."""

    def __init__(self, listing: Listing, spec: DataSpec, pixels_NCHW: Pixels) -> None:
        assert spec.shape is not None
        self._listing, self._shape, self._fit = listing, spec.shape, spec.fit
        self._skip = spec.broken == "skip"
        self._pixels = pixels_NCHW

    def run(self, progress: Progress | None) -> Decoded:
        files = self._listing.files
        used: list[int] = []
        digests: list[str] = []
        broken: list[tuple[ImageFile, str]] = []
        sums_NC2 = np.zeros((len(files), self._shape[0], 2), np.int64)
        pictures: Counter[ImageHeader] = Counter()
        workers, told = os.cpu_count() or 1, perf_counter()
        chunk = _chunk(files, workers)
        decoding = read_ahead(
            partial(self._some, count=chunk),
            range(0, len(files), chunk),
            workers=workers,
            ahead=2 * workers,
        )
        with closing(decoding):
            for place, result in enumerate(chain.from_iterable(decoding)):
                if progress is not None and (place % _CHUNK == 0 or perf_counter() - told > _TOLD_S):
                    told = perf_counter()
                    progress(
                        FractionRead((place + 1) / len(files), files[min(place + 1, len(files) - 1)].path)
                    )
                if isinstance(result, str):
                    broken.append((files[place], result))
                    continue
                pictures[result.picture] += 1
                sums_NC2[len(used)] = result.sums_C2
                self._pixels[len(used)] = result.pixels
                used.append(place)
                digests.append(result.digest)
        said = [*self._faults(broken), *self._said(pictures)]
        count = len(used)
        return Decoded(self._pixels[:count], tuple(used), tuple(digests), sums_NC2[:count], tuple(said))

    def _some(self, start: int, count: int) -> "list[_One | str]":
        return [self._one(file) for file in self._listing.files[start : start + count]]

    def _one(self, file: ImageFile) -> "_One | str":
        try:
            pixels, picture = decode(self._listing.root / file.path, self._shape, self._fit)
        except PictureError as error:
            return str(error)
        return _One(
            pixels, picture, hashlib.blake2b(pixels.tobytes(), digest_size=16).hexdigest(), sums(pixels)
        )

    def _faults(self, broken: list[tuple[ImageFile, str]]) -> list[str]:
        """Refuse broken files unless they should be skipped."""
        shown = self._listing.shown
        if not broken:
            return []
        if self._skip and len(broken) < len(self._listing.files):
            broken_images = counted(len(broken), "broken image is", "broken images are")
            return [f"{broken_images} left out, of {len(self._listing.files):,}"]
        listed = [f"{shown}/{safe(file.path, 200)}: {why}" for file, why in broken[:_LISTED]]
        more = f"{shown}: {len(broken)} broken images in all; " if len(broken) > _LISTED else f"{shown}: "
        way = f'{more}fix or remove them, or skip them with --data broken=skip (broken = "skip")'
        raise BrokenImagesError([*listed, way], len(broken))

    def _said(self, pictures: Counter[ImageHeader]) -> Iterator[str]:
        channels, height, width = self._shape
        modes = {picture.mode for picture in pictures}
        if len(modes) > 1 or modes - {"RGB" if channels == 3 else "L"}:
            kind = "colour (RGB)" if channels == 3 else "gray"
            named = f"mode{'s' if len(modes) > 1 else ''} {', '.join(sorted(modes))}"
            yield f"images with {named} are converted to {kind}"
        if deep := sum(count for picture, count in pictures.items() if picture.deep):
            yield f"{counted(deep, 'image', 'images')} with 16 bits per pixel: scaled to 8"
        if moving := sum(count for picture, count in pictures.items() if picture.moves):
            yield f"{counted(moving, 'image has', 'images have')} several frames: only the first is used"
        sizes = {(picture.width, picture.height) for picture in pictures}
        if sizes != {(width, height)}:
            how = {"crop": "scaled and cropped", "pad": "scaled and padded", "stretch": "stretched"}[
                self._fit
            ]
            narrow, wide = min(sizes), max(sizes)
            between = (
                f"{narrow[0]} x {narrow[1]} to {wide[0]} x {wide[1]}"
                if narrow != wide
                else f"{wide[0]} x {wide[1]}"
            )
            yield f"images of {between} pixels are {how} to {width} x {height}"
