"""What is written whole or not at all is on disk before it has its name, whoever writes it."""

import os
from pathlib import Path

import numpy as np
import pytest

from tui_lab.data.images import cache
from tui_lab.data.images.cache import Decoded, keep, recall
from tui_lab.data.images.drawn import drawn_folder
from tui_lab.files import put, temporary_in


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what was synced, in order."""
    names: list[str] = []
    fsync = os.fsync

    def noted(fd: int) -> None:
        names.append(Path(f"/proc/self/fd/{fd}").readlink().name)
        fsync(fd)

    monkeypatch.setattr(os, "fsync", noted)
    return names


def test_the_file_is_synced_then_its_folder(tmp_path: Path, synced: list[str]) -> None:
    with temporary_in(tmp_path) as temporary:
        temporary.write_bytes(b"new")
        put(temporary, tmp_path / "file")
    assert synced == [temporary.name, tmp_path.name]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_was_not_put_in_place_is_removed(kind: str, tmp_path: Path) -> None:
    with pytest.raises(KeyError), temporary_in(tmp_path) as temporary:
        temporary.write_bytes(b"half") if kind == "file" else (temporary / "inside").mkdir(parents=True)
        raise KeyError
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_decoded_images_and_drawn_ones_are_synced(
    tmp_path: Path, synced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "images")
    pixels = np.zeros((1, 1, 2, 2), np.uint8)
    keep("key", Decoded(pixels, (0,), ("digest",), np.zeros((1, 1, 2), np.int64), ()))
    assert recall("key") is not None
    assert synced.count("images") == 2  # once for the pixels, once for what is noted of them
    drawn_folder("shapes", tmp_path)
    assert synced[-1] == tmp_path.name
