"""torchvision's models, made for other classes and other images; their weights read without a pickle."""

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import URLError

import pytest
import torch
from torch import Tensor, nn

from tests.engine.test_checkpoint import Payload
from tui_lab.errors import InputError
from tui_lab.model import library
from tui_lab.model.library import library_models, library_network, library_weights

SMALL, LARGE = "squeezenet1_1", pytest.param("vit_b_32", marks=pytest.mark.slow)


@pytest.mark.parametrize("name", [SMALL, "resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5", LARGE])
@pytest.mark.parametrize("channels", [1, 3])
def test_it_gives_as_many_outputs_as_the_task_has_classes(name: str, channels: int) -> None:
    network = library_network(name, (channels, 64, 64), 7).eval()
    with torch.inference_mode():
        assert network(torch.zeros(2, channels, 64, 64)).shape == (2, 7)


def test_auxiliary_outputs_are_left_out() -> None:
    network = library_network("googlenet", (3, 64, 64), 4)
    assert network.train()(torch.randn(2, 3, 64, 64)).shape == (2, 4)


def test_the_seed_decides_the_weights() -> None:
    def weights(seed: int) -> Tensor:
        torch.manual_seed(seed)
        return torch.cat([p.flatten() for p in library_network(SMALL, (1, 64, 64), 3).parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("resnt18", (3, 64, 64), r"no image classification model 'resnt18'.*did you mean 'resnet18'"),
        ("fcn_resnet50", (3, 64, 64), "no image classification model"),
        ("\x1b[2J", (3, 64, 64), "no image classification model"),
        ("resnet18", (13,), "table columns"),
        ("vit_b_16", (3, 64, 32), "square"),
        ("vit_b_16", (3, 50, 50), "does not work for images of 3 channels and 50 x 50"),
    ],
)
def test_what_cannot_be_made_is_refused(name: str, shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        library_network(name, shape, 3)
    assert "\x1b" not in str(refused.value)


def test_the_list_holds_models_for_classes_of_images_only() -> None:
    assert {"resnet18", "vgg11", "densenet121"} <= set(library_models())
    assert not any("rcnn" in name or name.startswith(("fcn", "raft")) for name in library_models())


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


def offer(hub: Path, monkeypatch: pytest.MonkeyPatch, content: Any) -> Path:
    """Put a file into the hub's folder as if it were the library's weights of `SMALL`."""
    torch.save(content, hub / "new")
    sha256 = hashlib.sha256((hub / "new").read_bytes()).hexdigest()
    path = (hub / "new").rename(hub / f"small-{sha256[:8]}.pth")
    weights = SimpleNamespace(DEFAULT=SimpleNamespace(url=f"https://example.org/{path.name}"))
    fake = SimpleNamespace(get_model_weights=lambda _name: weights, list_models=lambda module: [SMALL])
    monkeypatch.setattr(library, "_models", lambda: fake)
    return path


def test_weights_are_read_from_the_disk(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = {"features.0.weight": torch.randn(4, 3, 2, 2), "features.0.bias": torch.randn(4)}
    offer(hub, monkeypatch, tensors)
    _, sha256, found = library_weights(SMALL, 3)
    assert len(sha256) == 64
    assert found.keys() == tensors.keys()
    assert torch.equal(found["features.0.weight"], tensors["features.0.weight"])


def test_for_gray_images_the_first_convolution_gives_what_it_gave_for_gray_in_three(
    hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three = nn.Conv2d(3, 4, 2)
    offer(hub, monkeypatch, dict(three.state_dict()))
    _, _, found = library_weights(SMALL, 1)
    one = nn.Conv2d(1, 4, 2)
    one.load_state_dict(found)
    gray = torch.randn(2, 1, 5, 5)
    torch.testing.assert_close(one(gray), three(gray.expand(-1, 3, -1, -1)))


def test_old_names_of_densenet_are_the_new_ones(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(hub, monkeypatch, {"features.denseblock1.denselayer1.norm.1.weight": torch.ones(2)})
    assert list(library_weights(SMALL, 3)[2]) == ["features.denseblock1.denselayer1.norm1.weight"]


def test_no_code_is_run_and_damage_is_seen(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    offer(hub, monkeypatch, {"x": Payload()})
    with pytest.raises(InputError, match="not readable"):
        library_weights(SMALL, 3)
    assert not (tmp_path / "pwned").exists()
    path = offer(hub, monkeypatch, {"w": torch.ones(2)})
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(InputError, match="damaged"):
        library_weights(SMALL, 3)


def test_what_is_not_there_is_fetched_only_if_asked(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def fetch(url: str, path: str, *_args: object, **_more: object) -> None:
        asked.append(url)
        raise URLError(OSError(113, "No route to host"))

    monkeypatch.setattr(torch.hub, "download_url_to_file", fetch)
    with pytest.raises(InputError, match=r"no weights of .* found .*--download"):
        library_weights("resnet18", 3)
    assert not asked
    with pytest.raises(InputError, match=r"download failed \(No route to host\): check the network"):
        library_weights("resnet18", 3, download=True)
    assert len(asked) == 1
