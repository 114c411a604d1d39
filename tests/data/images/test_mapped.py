"""More images than the memory holds: on the disk, read ahead, and the same run all the same."""

from pathlib import Path

import pytest
import torch

from tests.data.images.folders import asked, folder, load_images
from tests.engine.helpers import epochs, run_all, step_losses
from tui_lab.data.batches import epoch_batches
from tui_lab.data.dataset import Part
from tui_lab.data.off_device import OffDevice
from tui_lab.engine.diagnostics.activations import look_at_start
from tui_lab.engine.setup.prepare import prepare
from tui_lab.experiment.network.memory import estimate
from tui_lab.experiment.network.shapes import plan
from tui_lab.protocol.events import RunEnded

CPU = torch.device("cpu")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder(tmp_path / "p", each=20)


@pytest.fixture
def parts(root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Part, Part]:
    """The same training split, in memory and on the disk."""
    here = load_images(asked(root), CPU).train
    monkeypatch.setattr("tui_lab.data.images.decode_all.free_memory", lambda: 1000)
    there = load_images(asked(root), CPU).train
    assert isinstance(here.x, torch.Tensor)
    assert isinstance(there.x, OffDevice)
    return here, there


def test_every_way_to_read_gives_the_same(parts: tuple[Part, Part]) -> None:
    here, there = parts
    assert len(here) == len(there) == 28
    assert tuple(here.x.shape) == tuple(there.x.shape)
    assert torch.equal(here.first(5), there.first(5))
    assert torch.equal(here.first(500), there.first(500))
    assert torch.equal(torch.cat(list(here.chunks(9))), torch.cat(list(there.chunks(9))))
    for begin in (0, 2, 4):
        one, other = (
            list(epoch_batches(part, [10, 10, 5, 3], torch.Generator().manual_seed(1), begin))
            for part in parts
        )
        assert len(one) == len(other) == 4 - begin
        for (x, y), (other_x, other_y) in zip(one, other, strict=True):
            assert torch.equal(x, other_x)
            assert torch.equal(y, other_y)


@pytest.mark.slow
def test_a_run_is_the_same_wherever_its_images_are(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hyper = {"flip": 0.5, "rotation": 10.0, "dropout": 0.2, "epochs": 2}
    experiment = asked(root)
    experiment = experiment.model_copy(
        update={"hyperparameters": experiment.hyperparameters.model_copy(update=hyper)}
    )
    in_memory = run_all(experiment)
    monkeypatch.setattr("tui_lab.data.images.decode_all.free_memory", lambda: 1000)
    on_disk = run_all(experiment)
    assert step_losses(on_disk) == step_losses(in_memory)
    assert [e.metrics for e in epochs(on_disk)] == [e.metrics for e in epochs(in_memory)]
    assert isinstance(on_disk[-1], RunEnded)
    assert on_disk[-1].status == "finished"


def test_what_was_decoded_once_is_found_again_and_can_be_looked_at(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_lab.data.images.decode_all.free_memory", lambda: 1000)
    first = load_images(asked(root), CPU)
    monkeypatch.setattr("tui_lab.data.images.decode_all.decode", None)
    again = load_images(asked(root), CPU)
    assert again.about == first.about
    assert torch.equal(again.val.first(99), first.val.first(99))
    assert look_at_start(asked(root)).layers[0].shape == (4, 3, 8, 8)


def test_broken_images_leave_no_hole(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "cats" / "3.png").write_bytes(b"")
    here = load_images(asked(root, broken="skip"), CPU)
    monkeypatch.setattr("tui_lab.data.images.decode_all.free_memory", lambda: 1000)
    there = load_images(asked(root, broken="skip"), CPU)
    assert there.about == here.about
    assert torch.equal(there.train.first(99), here.train.first(99))


def test_nothing_is_left_of_what_was_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "cats" / "3.png").write_bytes(b"")
    monkeypatch.setattr("tui_lab.data.images.decode_all.free_memory", lambda: 1000)
    with pytest.raises(Exception, match="0 bytes"):
        load_images(asked(root), CPU)
    assert not list((root.parent / "cache").rglob("*.tmp"))


def test_what_is_on_the_disk_is_not_counted_as_memory(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_lab.data.images.decode_all.free_memory", lambda: 1000)
    experiment = asked(root)
    hyper, about = experiment.hyperparameters, load_images(experiment, CPU).about
    planned = plan(experiment.model.layers, hyper, about.shape, 1)
    needed = estimate(planned, about.shape, hyper, "binary", about.split, value_bytes=0)
    assert needed.data == sum(about.split.values()) * 4, "the answers alone"
    monkeypatch.setattr("tui_lab.engine.setup.network._free", lambda _device: needed.further)
    assert prepare(experiment).dataset.about == about
