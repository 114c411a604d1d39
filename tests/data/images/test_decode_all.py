"""Many images are decoded by several threads: in order, interruptible, and not all in memory twice."""

import os
from dataclasses import replace
from pathlib import Path
from threading import Lock

import numpy as np
import pytest

from tests.data.images.folders import asked, folder
from tests.data.test_read_ahead import readers
from tui_lab.data.images import decode_all as decoding
from tui_lab.data.images.decode_all import decode_all
from tui_lab.data.images.decode_image import ImageHeader
from tui_lab.data.images.listing import ImageFile, Listing, list_images
from tui_lab.experiment.experiment import DataSpec

SHAPE = (1, 2, 2)
SPEC = DataSpec(source="images", file="p", target="class", shape=SHAPE)


def listing(count: int, file_bytes: int = 100) -> Listing:
    """So many files that are not there."""
    files = tuple(ImageFile(f"{n}.png", 0, "", (file_bytes, n)) for n in range(count))
    return Listing(Path("p"), "p", ("a", "b"), files, (), ())


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """The numbers of the files that were decoded, without decoding."""
    seen, lock = [], Lock()

    def decode(path: Path, shape: tuple[int, int, int], _fit: str) -> tuple[np.ndarray, ImageHeader]:
        number = int(path.stem)
        with lock:
            seen.append(number)
        return np.full(shape, number % 256, np.uint8), ImageHeader(2, 2, "L")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(decoding, "decode", decode)
    return seen


@pytest.mark.parametrize("cores", [1, 2, 7])
def test_whatever_the_number_of_threads_the_images_are_in_order(
    decoded: list[int], monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    found = decode_all(listing(1000), SPEC)
    assert sorted(decoded) == list(range(1000))
    assert found.used == tuple(range(1000))
    assert (found.pixels_NCHW[:, 0, 0, 0] == np.arange(1000) % 256).all()


def test_real_images_are_the_same_with_one_thread_and_with_four(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = asked(folder(tmp_path / "p", each=20))
    found = []
    for cores in (1, 4):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / str(cores)))
        found.append(decode_all(list_images(Path(given.data.file)), given.data))
    one, four = found
    assert (one.pixels_NCHW == four.pixels_NCHW).all()
    assert (one.digests, one.said, one.used) == (four.digests, four.said, four.used)
    assert (one.sums_NC2 == four.sums_NC2).all()


def test_an_interruption_ends_the_decoding(decoded: list[int]) -> None:
    def interrupted(_share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        decode_all(listing(8_000), SPEC, interrupted)
    assert len(decoded) < 4_000
    assert not readers()
    assert caught.traceback


def test_few_images_are_decoded_before_they_are_stored(decoded: list[int]) -> None:
    ahead = []
    decode_all(listing(8_000), SPEC, lambda share: ahead.append(len(decoded) - round(share * 8_000)))
    assert len(ahead) > 50
    assert max(ahead) <= (2 * (os.cpu_count() or 1) + 1) * 64


@pytest.mark.parametrize(("file_bytes", "at_once"), [(100, 64), (40_000, 25), (5_000_000, 1)])
def test_a_thread_takes_few_large_files_at_once(
    decoded: list[int], monkeypatch: pytest.MonkeyPatch, file_bytes: int, at_once: int
) -> None:
    taken = []
    some = decoding._Decoder._some

    def noted(self: decoding._Decoder, start: int, count: int) -> object:
        taken.append(count)
        return some(self, start, count)

    monkeypatch.setattr(decoding._Decoder, "_some", noted)
    decode_all(replace(listing(2000, file_bytes), classes=("a",)), SPEC)
    assert set(taken) == {min(at_once, 2000 // (4 * (os.cpu_count() or 1)))}
