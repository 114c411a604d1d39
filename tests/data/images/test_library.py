"""torchvision's sets: used where they are, fetched only when asked to, and a clear word otherwise."""

import gzip
import struct
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from torchvision import datasets

from tests.data.images.folders import asked
from tui_lab.data.images.library import VARIABLE, read_set
from tui_lab.engine.setup.prepare import prepare
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.folds import fold_experiments
from tui_lab.experiment.torchvision_sets import SETS, preset_of_set

TRAIN, TEST = 90, 30


def idx(array: np.ndarray) -> bytes:  # type: ignore[type-arg]
    """The format of the MNIST files."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small set in the files of MNIST: the label of an image is its brightness."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, count in (("train", TRAIN), ("t10k", TEST)):
        labels = (np.arange(count) % 10).astype(np.uint8)
        images = np.random.default_rng(count).integers(0, 20, (count, 28, 28), np.uint8)
        images += (labels * 20)[:, None, None]
        (raw / f"{name}-images-idx3-ubyte").write_bytes(idx(images))
        (raw / f"{name}-labels-idx1-ubyte").write_bytes(idx(labels))
    return tmp_path


def experiment(name: str = "MNIST", **spec: object) -> Experiment:
    return asked(Path("-"), "multiclass", source="torchvision", shape=(1, 28, 28)).model_copy(
        update={"data": preset_of_set(name).data.model_copy(update=spec)}
    )


def test_the_own_test_images_are_the_test_split(mnist: Path) -> None:
    found = read_set(experiment())
    assert found.decoded.pixels_NCHW.shape == (TRAIN + TEST, 1, 28, 28)
    assert sorted(found.rows.test) == list(range(TRAIN, TRAIN + TEST))
    assert len(found.rows.train) + len(found.rows.val) == TRAIN
    assert len(found.rows.val) == 20
    assert found.classes[3] == "3 - three"
    means_N = found.decoded.pixels_NCHW.mean((1, 2, 3))
    assert (np.floor(means_N / 20) == found.labels_N).all()


def test_the_own_training_images_are_dealt_into_folds(mnist: Path) -> None:
    parts = [read_set(each).rows for each in fold_experiments(experiment(), 3)]
    assert sorted(np.concatenate([part.val for part in parts]).tolist()) == list(range(TRAIN))
    for part in parts:
        assert sorted(part.test) == list(range(TRAIN, TRAIN + TEST))
        assert (len(part.train), len(part.val)) == (60, 30)


def test_it_trains(mnist: Path) -> None:
    prepared = prepare(experiment())
    assert prepared.dataset.about.source == "MNIST"
    assert prepared.network(prepared.dataset.train.inputs(prepared.dataset.train.x[:2])).shape == (2, 10)


def test_other_shapes_are_made_of_it(mnist: Path) -> None:
    found = read_set(experiment(shape=(3, 14, 14)))
    assert found.decoded.pixels_NCHW.shape == (TRAIN + TEST, 3, 14, 14)
    assert (np.floor(found.decoded.pixels_NCHW.mean((1, 2, 3)) / 20) == found.labels_N).all()


def test_colours_become_gray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Fake:
        classes = ("red", "white")
        targets = (0, 1) * 10
        data = np.array([[[[255, 0, 0]] * 4] * 4, [[[255] * 3] * 4] * 4] * 10, np.uint8)

        def __init__(self, *_args: object, **_more: object) -> None: ...

    monkeypatch.setattr(datasets, "CIFAR10", Fake)
    found = read_set(experiment("CIFAR10", shape=(1, 4, 4)))
    assert found.decoded.pixels_NCHW[0, 0, 0, 0] == 76
    assert found.decoded.pixels_NCHW[1, 0, 0, 0] >= 254


@pytest.mark.parametrize("name", SETS)
def test_every_set_that_is_offered_is_one_of_the_library(name: str) -> None:
    assert issubclass(getattr(datasets, name), torch.utils.data.Dataset)
    assert preset_of_set(name).data.shape == SETS[name].shape


def test_what_is_not_on_the_machine_is_not_fetched_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none"))
    monkeypatch.setattr(datasets.MNIST, "download", lambda _self: pytest.fail("fetched"))
    with pytest.raises(InputError, match=r"MNIST: not found in .*--download downloads it, about 12 MB"):
        read_set(experiment())


def test_without_a_network_a_clear_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise URLError(ConnectionRefusedError(111, "Connection refused"))

    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(datasets.mnist, "download_and_extract_archive", fail)
    with pytest.raises(InputError, match=r"download failed \(Connection refused\): check the network"):
        read_set(experiment(), download=True)


def test_damaged_files_are_one_kind_of_error(mnist: Path) -> None:
    for path in (mnist / "MNIST" / "raw").iterdir():
        path.write_bytes(gzip.compress(b"junk"))
    with pytest.raises(InputError, match=r"MNIST: its files .* are damaged"):
        read_set(experiment())


def test_an_unknown_set_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match="ImageNet: unknown data set; known: MNIST"):
        read_set(experiment(file="ImageNet"))
