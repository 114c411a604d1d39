"""All images of a listing as one array: decoded once, every fault found before training begins."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import numpy as np

from tui_lab.data.images.cache import Decoded, keep, recall
from tui_lab.data.images.listing import ImageFile, Listing
from tui_lab.data.images.picture import Picture, PictureError, Pixels, decode
from tui_lab.data.reading import Progress
from tui_lab.data.source import free_memory, size_text
from tui_lab.errors import InputError
from tui_lab.safe import safe
from tui_lab.spec.experiment import DataSpec

WORTH_KEEPING_S = 0.5
_SHARE = 0.5  # of the free memory: the splits are copies
_LISTED = 10
_CHUNK = 64


def decode_all(listing: Listing, spec: DataSpec, progress: Progress | None = None) -> Decoded:
    """The images of `listing` as `spec` wants them. Raises InputError with all that cannot be read.

    They are kept for the next time if it took long.
    """
    key = _key(listing, spec)
    found = recall(key)
    if found is None:
        began = perf_counter()
        found = _Decoder(listing, spec).run(progress)
        if perf_counter() - began > WORTH_KEEPING_S:
            keep(key, found)
    return found


def _key(listing: Listing, spec: DataSpec) -> str:
    return hashlib.sha256(f"{listing.fingerprint} {spec.shape} {spec.fit} {spec.broken}".encode()).hexdigest()


class _Decoder:
    """One pass over the files; what is wrong with each, and what was done to them."""

    def __init__(self, listing: Listing, spec: DataSpec) -> None:
        assert spec.shape is not None
        self._listing, self._shape, self._fit = listing, spec.shape, spec.fit
        self._skip = spec.broken == "skip"
        count = len(listing.files)
        needed, free = count * int(np.prod(self._shape)), free_memory()
        if needed > _SHARE * free:
            raise InputError(
                f"{listing.shown}: {count:,} images of this size take {size_text(needed)}, and "
                f"{size_text(free)} of memory are free: make them smaller (shape), or take fewer"
            )
        self._pixels = np.empty((count, *self._shape), np.uint8)

    def run(self, progress: Progress | None) -> Decoded:
        files = self._listing.files
        used, digests, broken = [], [], []
        pictures: Counter[Picture] = Counter()
        with ThreadPoolExecutor(
            os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count()
        ) as pool:
            done = pool.map(self._some, range(0, len(files), _CHUNK))
            for place, (file, result) in enumerate(zip(files, _chained(done), strict=True)):
                if isinstance(result, str):
                    broken.append((file, result))
                else:
                    picture, digest = result
                    pictures[picture] += 1
                    used.append(place)
                    digests.append(digest)
                if progress is not None and place % _CHUNK == 0:
                    progress((place + 1) / len(files))
        said = [*self._faults(broken), *self._said(pictures)]
        pixels = self._pixels if not broken else self._pixels[used]
        return Decoded(pixels, tuple(used), tuple(digests), tuple(said))

    def _some(self, start: int) -> list[tuple[Picture, str] | str]:
        return [self._one(place) for place in range(start, min(start + _CHUNK, len(self._listing.files)))]

    def _one(self, place: int) -> tuple[Picture, str] | str:
        try:
            pixels, picture = decode(
                self._listing.root / self._listing.files[place].path, self._shape, self._fit
            )
        except PictureError as error:
            return str(error)
        self._pixels[place] = pixels
        return picture, _digest(pixels)

    def _faults(self, broken: list[tuple[ImageFile, str]]) -> list[str]:
        """Refuse broken files, unless they are to be skipped."""
        shown = self._listing.shown
        if not broken:
            return []
        if self._skip and len(broken) < len(self._listing.files):
            return [f"{shown}: {len(broken)} of {len(self._listing.files)} images are broken and left out"]
        listed = [f"{shown}/{safe(file.path, 200)}: {why}" for file, why in broken[:_LISTED]]
        more = f"{shown}: {len(broken)} broken images in all; " if len(broken) > _LISTED else f"{shown}: "
        raise InputError(
            [
                *listed,
                f'{more}mend or remove them, or leave them out with --data broken=skip (broken = "skip")',
            ]
        )

    def _said(self, pictures: Counter[Picture]) -> Iterator[str]:
        shown, (channels, height, width) = self._listing.shown, self._shape
        modes = {picture.mode for picture in pictures}
        if len(modes) > 1 or modes - {"RGB" if channels == 3 else "L"}:
            kind = "colour (RGB)" if channels == 3 else "gray"
            yield f"{shown}: images of the modes {', '.join(sorted(modes))} are all made {kind}"
        if deep := sum(count for picture, count in pictures.items() if picture.deep):
            yield f"{shown}: {deep} images of 16 bits a pixel are scaled to 8"
        sizes = {(picture.width, picture.height) for picture in pictures}
        if sizes != {(width, height)}:
            how = {"crop": "scaled and cut", "pad": "scaled and padded", "stretch": "stretched"}[self._fit]
            narrow, wide = min(sizes), max(sizes)
            between = (
                f"{narrow[0]} x {narrow[1]} to {wide[0]} x {wide[1]}"
                if narrow != wide
                else f"{wide[0]} x {wide[1]}"
            )
            yield f"{shown}: images of {between} pixels are {how} to {width} x {height}"


def _chained(
    chunks: "Iterator[list[tuple[Picture, str] | str]]",
) -> "Iterator[tuple[Picture, str] | str]":
    for chunk in chunks:
        yield from chunk


def _digest(pixels: Pixels) -> str:
    return hashlib.blake2b(pixels.tobytes(), digest_size=16).hexdigest()
