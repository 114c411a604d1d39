"""Checkpoint files: whole or not there, and never used if a bit of them changed."""

import errno
import hashlib
import os
import pickle
import random
from pathlib import Path

import pytest
import torch

from tui_lab.engine.checkpoints.file import CheckpointError, load_state, save_state

CPU = torch.device("cpu")


def state() -> dict[str, object]:
    return {"step": 7, "weights": [torch.arange(300.0), torch.ones(3, 3)], "names": {"a": "b"}}


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    loaded = load_state(path, save_state(state(), path), CPU)
    assert loaded["step"] == 7
    assert torch.equal(loaded["weights"][0], torch.arange(300.0))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.pt"]


def test_200_flipped_bits_are_all_noticed(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    sha256 = save_state(state(), path)
    good = path.read_bytes()
    rng = random.Random(0)
    for _ in range(200):
        place = rng.randrange(len(good))
        path.write_bytes(good[:place] + bytes([good[place] ^ (1 << rng.randrange(8))]) + good[place + 1 :])
        with pytest.raises(CheckpointError, match="sha256 differs"):
            load_state(path, sha256, CPU)


def forged(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


class Payload:
    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.mkdir, ("pwned",)


@pytest.mark.parametrize("kind", ["pickle", "torch", "junk", "empty", "truncated"])
def test_no_code_runs_and_every_fault_is_one_kind_of_error(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "c.pt"
    save_state(state(), path)
    whole = path.read_bytes()
    torch.save({"x": Payload()}, tmp_path / "t.pt")
    data = {
        "pickle": pickle.dumps(Payload()), "torch": (tmp_path / "t.pt").read_bytes(), "junk": b"\x80junk" * 9,
        "empty": b"", "truncated": whole[: len(whole) // 2],
    }[kind]  # fmt: skip
    with pytest.raises(CheckpointError):
        load_state(path, forged(path, data), CPU)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"format": "x"}, "not a tui-lab checkpoint"),
        ({"format": "tui-lab.checkpoint", "version": 2}, "version 2"),
    ],
)
def test_other_formats_and_newer_versions_are_named(
    tmp_path: Path, other: dict[str, object], words: str
) -> None:
    path = tmp_path / "c.pt"
    torch.save(other, path)
    with pytest.raises(CheckpointError, match=words):
        load_state(path, hashlib.sha256(path.read_bytes()).hexdigest(), CPU)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"c\.pt: cannot be read"):
        load_state(tmp_path / "c.pt", "", CPU)


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.pt"
    sha256 = save_state(state(), path)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(OSError, match="No space"):
        save_state({"step": 8}, path)
    monkeypatch.undo()
    assert load_state(path, sha256, CPU)["step"] == 7
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.pt"]
