"""torchvision's models: built for the task and the input shape, with weights from disk.

The library is only imported when needed, as that takes more than a second.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tui_lab.errors import InputError
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.network.layer_kinds import Shape
from tui_lab.safe import safe

COLOURS = 3
_HASH = re.compile(r"-([0-9a-f]{8,})\.")  # the start of the sha256, in the name of a weights file
_DENSENET = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)$")
_REFUSALS = (ValueError, TypeError, RuntimeError, AssertionError)
_WITH_AUXILIARY_OUTPUTS = ("googlenet", "inception_v3")


def library_models() -> list[str]:
    """The names of torchvision's image classification models."""
    models = _models()
    return list(models.list_models(module=models))


def _models() -> Any:
    return import_module("torchvision.models")


def library_network(name: str, shape: Shape, outputs: int) -> nn.Module:
    """The model `name` for inputs `(C, H, W)`, with random weights. Raises InputError.

    If there are not 3 channels, the first convolution is replaced.
    """
    if name not in library_models():
        near = did_you_mean(name, library_models())
        raise InputError(f"model: torchvision has no image classification model {name!r}{near}")
    if len(shape) != 3:
        raise InputError(f"model: {name} needs images; the inputs of this run are table columns")
    try:
        network: nn.Module = _models().get_model(
            name, weights=None, num_classes=outputs, **_sizes(name, shape)
        )
    except _REFUSALS as error:
        raise InputError(
            f"model: {name} does not work for images of {_size(shape)}: {safe(error, 200)}"
        ) from None
    if shape[0] != COLOURS:
        _replace_first_convolution(network, shape[0])
    return network


@contextmanager
def passing(name: str, shape: Shape) -> Iterator[None]:
    """Turn a model's error for unsuitable images into an InputError."""
    try:
        yield
    except _REFUSALS as error:
        raise InputError(
            f"model: {name} does not work for images of {_size(shape)} ({safe(error, 200)}): use "
            "larger ones, e.g. --data shape=3,224,224"
        ) from None


def _sizes(name: str, shape: Shape) -> dict[str, Any]:
    """Extra arguments that some models need."""
    if name in _WITH_AUXILIARY_OUTPUTS:
        return {"aux_logits": False, "init_weights": True}
    if name.startswith("vit_"):
        if shape[1] != shape[2]:
            raise InputError(f"model: {name} needs square images, not {_size(shape)}")
        return {"image_size": shape[1]}
    return {"input_size": shape[1:]} if name.startswith("maxvit") else {}


def _replace_first_convolution(network: nn.Module, channels: int) -> None:
    name, old = next((n, m) for n, m in network.named_modules() if isinstance(m, nn.Conv2d))
    new = nn.Conv2d(
        channels, old.out_channels, old.kernel_size, old.stride, old.padding,  # type: ignore[arg-type]
        old.dilation, old.groups, bias=old.bias is not None,  # type: ignore[arg-type]
    )  # fmt: skip
    above, _, last = name.rpartition(".")
    setattr(network.get_submodule(above), last, new)


def library_weights(
    name: str, channels: int, *, download: bool = False
) -> tuple[str, str, dict[str, Tensor]]:
    """The library's best weights of a model: their name, the sha256 of their file, the tensors.

    Those of the first convolution are summed for images with one channel. `download`: download the file if it
    is missing. Raises InputError. No pickle is executed.
    """
    if name not in library_models():
        raise InputError(f"model: torchvision has no model {name!r}")
    weights = _models().get_model_weights(name).DEFAULT
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    path = folder / weights.url.rpartition("/")[2]
    if not path.exists():
        _fetch(name, weights.url, path, download)
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        promised = _HASH.search(path.name)
        if promised is None or not sha256.startswith(promised[1]):
            raise InputError(f"{path}: damaged (its sha256 differs); remove it")
        tensors: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except InputError:
        raise
    except Exception as error:  # torch raises many kinds of exception for an unreadable file
        raise InputError(f"{path}: not readable ({type(error).__name__}); remove it") from None
    named = {_DENSENET.sub(r"\1\2", key): value for key, value in tensors.items()}
    return f"torchvision's {weights}", sha256, _for_channels(named, channels)


def _fetch(name: str, url: str, path: Path, download: bool) -> None:
    if not download:
        raise InputError(
            f"no weights of torchvision's {name} found ({path}): --download "
            "downloads them; without --pretrained the model starts from random weights"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        promised = _HASH.search(path.name)
        torch.hub.download_url_to_file(url, str(path), promised[1] if promised else None, progress=False)
    except (OSError, RuntimeError) as error:
        why = getattr(getattr(error, "reason", None), "strerror", None) or error
        raise InputError(
            f"the weights of torchvision's {name}: download failed ({why}): check the "
            f"network. You can also put the file at {path}"
        ) from None


def _for_channels(tensors: dict[str, Tensor], channels: int) -> dict[str, Tensor]:
    """Weights for one channel that give the same output as three equal gray channels."""
    first = next((name for name, tensor in tensors.items() if tensor.dim() == 4), None)
    if first is None or channels != 1 or tensors[first].shape[1] != COLOURS:
        return tensors
    return tensors | {first: tensors[first].sum(1, keepdim=True)}


def _size(shape: Shape) -> str:
    return f"{shape[0]} channels and {shape[1]} x {shape[2]} pixels"
