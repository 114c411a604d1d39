"""`--model resnet18`: a model of torchvision's, trained, gone on with, forked, looked into, taken away."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.cli.test_commands import _own_folders  # noqa: F401 - the fixture is for all tests here
from tests.cli.test_commands import refused as refused_lines
from tests.data.images.folders import folder
from tui_lab.cli.arguments.code_args import with_model
from tui_lab.cli.main import main
from tui_lab.engine.diagnostics.activations import look_at_start
from tui_lab.engine.setup import transfer
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.overrides import override
from tui_lab.experiment.presets import Preset
from tui_lab.model.library import library_network
from tui_lab.model.safetensors import read_file
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.reading import load_run

pytestmark = pytest.mark.slow

ASKED = ("photos", "--quiet", "--data", "shape=3,32,32", "--device", "cpu", "--model", "mobilenet_v3_small")


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Threads that wait for each other at each of a hundred layers take minutes beside other tests."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return folder(tmp_path / "photos", classes=("a", "b", "c"))


def last(photos: Path) -> RunView:
    return load_run(find(photos.parent / "runs", "last")).view


def losses(view: RunView) -> list[float]:
    return [epoch.train_loss for epoch in view.history]


def test_its_whole_life(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *ASKED, "--epochs", "3"]) == 0
    whole = last(photos)
    assert whole.model is not None
    assert any("Conv2d" in layer.layer for layer in whole.model.layers)
    assert main(["train", *ASKED, "--epochs", "2"]) == 0
    assert main(["resume", "last", "--quiet", "--epochs", "3"]) == 0
    assert losses(last(photos)) == losses(whole), "it went on as if it had never stopped"
    assert main(["predict", "last", "--split", "test"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1 + 3
    assert whole.tested is not None
    assert f"accuracy {whole.tested.metrics['accuracy']:.4g}" in err
    assert main(["export", "last", "--to", "safetensors", "-o", "w.safetensors"]) == 0
    network = library_network("mobilenet_v3_small", (3, 32, 32), 3)
    network.load_state_dict(read_file(photos.parent / "w.safetensors").tensors)
    assert main(["fork", "last", "--quiet", "--epochs", "4", "--set", "lr=0.0001"]) == 0
    child = last(photos)
    assert [epoch.epoch for epoch in child.history] == [4]
    assert child.origin is not None


def test_it_is_looked_into_and_its_first_layers_are_frozen(photos: Path) -> None:
    assert main(["train", *ASKED, "--epochs", "1", "--set", "frozen_layers=5"]) == 0
    view = last(photos)
    assert view.model is not None
    assert view.model.trainable < view.model.parameters
    assert not any("no effect" in warning for warning in view.warnings), "nobody has set any"
    assert view.experiment is not None
    looks = look_at_start(view.experiment).layers
    assert looks[0].shape == (21, 3, 32, 32)
    assert looks[-1].shape == (21, 3)


def test_weights_of_the_library_are_taken_and_told(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(9)
    theirs = library_network("mobilenet_v3_small", (3, 32, 32), 1000).state_dict()

    def weights(name: str, channels: int, *, download: bool) -> tuple[str, str, dict[str, torch.Tensor]]:
        assert (name, channels, download) == ("mobilenet_v3_small", 3, False)
        return "torchvision's", "0" * 64, theirs

    monkeypatch.setattr(transfer, "library_weights", weights)
    argv = ["--epochs", "1", "--pretrained", "--set", "transfer_lr_factor=0", "--set", "optimizer=sgd"]
    assert main(["train", *ASKED, *argv]) == 0
    told = last(photos).transfer
    assert told is not None
    assert set(told.new) == {"classifier.3.weight", "classifier.3.bias"}
    assert "1000 x 1024 there, 3 x 1024 here" in told.new["classifier.3.weight"]
    assert main(["export", "last", "--to", "safetensors", "-o", "w.safetensors"]) == 0
    found = read_file(photos.parent / "w.safetensors").tensors
    assert torch.equal(found["features.0.0.weight"], theirs["features.0.0.weight"]), "held by a factor of 0"


def test_it_may_stand_in_a_preset(photos: Path) -> None:
    text = (
        'format = "tui-lab.preset"\nversion = 1\nname = "p"\ntitle = "P"\ntask = "multiclass"\n'
        '[data]\nsource = "images"\nfile = "photos"\nshape = [3, 32, 32]\n'
        '[model]\nsource = "torchvision"\nmodel = "mobilenet_v3_small"\n'
    )
    (photos.parent / "p.toml").write_text(text)
    assert main(["train", "p.toml", "--quiet", "--epochs", "1"]) == 0
    view = last(photos)
    assert view.experiment is not None
    assert view.experiment.model.name == "mobilenet_v3_small"


def test_what_such_a_model_does_not_heed_is_unset_unless_it_is_asked_for(photos: Path) -> None:
    folder_preset = Preset.model_validate(
        {
            "format": "tui-lab.preset", "version": 1, "name": "p", "title": "P", "task": "multiclass",
            "data": {"source": "images", "file": str(photos), "shape": (3, 32, 32)},
            "hyperparameters": {"dropout": 0.25, "activation": "elu", "lr": 0.01},
        }
    )  # fmt: skip
    args = Namespace(model="resnet18", pretrained=False, module=None, weights=None)
    hyper = with_model(folder_preset, args).hyperparameters
    assert hyper == Hyperparameters(lr=0.01)
    assert override(hyper, ["dropout=0.5"]).dropout == 0.5


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--model", "resnt18"], "did you mean 'resnet18'"),
        (["--pretrained"], "needs --model"),
        (["--model", "resnet18", "--pretrained", "--weights", "last"], "give only one"),
        (["--model", "resnet18", "--module", "net.py:Net"], "give only one"),
        (
            ["--model", "alexnet", "--data", "shape=3,16,16"],
            "alexnet does not work for images of 3 channels and 16 x 16",
        ),
    ],
)
def test_what_cannot_be_is_refused(
    photos: Path, argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos.parent / "net.py").write_text("")
    text = "\n".join(refused_lines(capsys, "train", "photos", *argv))
    assert words in text, text
    assert not (photos.parent / "runs").exists()
