"""`resnet18` on images of 32x32 and 224x224: the lab against a loop tuned by hand, in turns.

The loop tuned by hand: images on the device, `channels_last`, bf16 by autocast, a fused optimizer and, on a
GPU, the step captured as a CUDA graph. It validates after each epoch, as the lab does. The lab trains in
fp32, in bf16, and in bf16 with images that are not on the device.
"""

import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from unittest.mock import patch

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from tests.benchmarks.contestants import loops
from tests.benchmarks.turns import in_turns, ratio
from tests.engine.plain import optimizer as make_optimizer
from tests.gpu import places
from tests.gpu.size import Size
from tui_lab.engine.setup.prepare import Prepared
from tui_lab.engine.tasks.registry import training_loss
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.session.recorder import prepare

CLASSES = 10
LAB = {
    "fp32": ({}, "device"),
    "bf16": ({"precision": "bf16"}, "device"),
    "bf16, from memory": ({"precision": "bf16"}, "memory"),
    "bf16, from disk": ({"precision": "bf16"}, "disk"),
}
"""The lab's contestants: hyperparameters, and where the images are."""


def report(device: torch.device, size: Size) -> bool:
    """Print a line for each contestant; returns whether bits are the same wherever the images are."""
    same = True
    for side in size.images:
        with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, XDG_CACHE_HOME=folder):
            root = Path(folder) / "images"
            make_images(root, side, size.images[side])
            _report(root, side, device, size)
            if side == min(size.images):
                asked = experiment(root, side, device, size)
                same = places.report(asked, epochs=max(2, size.epochs // 2))
    return same


def _report(root: Path, side: int, device: torch.device, size: Size) -> None:
    network = size.network.name or "a small network"
    print(f"\n{network}: images of {side}x{side}, batch {size.batch_size} (wanted of bf16: 0.95)")
    print(f"{'':<24}{'images/s':>10}{'of tuned':>10}")
    with ExitStack() as ending:
        running = {"tuned by hand": tuned(prepare(experiment(root, side, device, size)))}
        for name, (hyper, place) in LAB.items():
            with places.pixels_in(place):
                prepared = prepare(experiment(root, side, device, size, **hyper))
            assert isinstance(prepared.dataset.train.x, Tensor) == (place == "device")
            running[f"lab, {name}"] = loops.lab(prepared, root.parent)
        turns = {name: loops.turn_of(ending.enter_context(closing(it))) for name, it in running.items()}
        rates = in_turns(turns, size.turns, size.turn_s, device)
    for name, values in rates.items():
        share = ratio(values, rates["tuned by hand"])
        print(f"{name:<24}{size.batch_size * median(values):>10.0f}{share:>10.2f}", flush=True)


def make_images(root: Path, side: int, each: int) -> None:
    """Noise in colour, brighter from class to class."""
    rng = np.random.default_rng(0)
    for label in range(CLASSES):
        (root / str(label)).mkdir(parents=True)
        for number in range(each):
            pixels = rng.integers(0, 128, (side, side, 3), np.uint8) + np.uint8(12 * label)
            Image.fromarray(pixels).save(root / str(label) / f"{number}.bmp")


def experiment(root: Path, side: int, device: torch.device, size: Size, **hyper: object) -> Experiment:
    """Training on the images, without an end."""
    given = {"optimizer": "sgd", "lr": 0.01, "momentum": 0.9, "epochs": 1_000_000, "max_minutes": 0.0}
    return Experiment(
        preset="images",
        task="multiclass",
        data=DataSpec(source="images", file=str(root), target="class", shape=(3, side, side)),
        model=size.network,
        hyperparameters=Hyperparameters.model_validate(given | {"batch_size": size.batch_size} | hyper),
        device=str(device),
    )


def tuned(prepared: Prepared) -> Generator[int]:
    """Steps so far, once an epoch; the last, smaller batch is left out."""
    hyper, data, device = prepared.experiment.hyperparameters, prepared.dataset, prepared.device
    network = prepared.network.to(memory_format=torch.channels_last).train()
    optimizer, criterion = make_optimizer(network, hyper), training_loss("multiclass", hyper.label_smoothing)
    images = data.train.inputs(data.train.x).contiguous(memory_format=torch.channels_last)
    size = min(hyper.batch_size, len(data.train))
    x, y = images[:size].clone(memory_format=torch.channels_last), data.train.y[:size].clone()

    def forward_backward() -> Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda", cache_enabled=False):
            loss = criterion(network(x), y)
        loss.backward()
        return loss

    step = captured if device.type == "cuda" else repeated
    update = step(forward_backward, optimizer)
    steps, total = 0, torch.zeros((), device=device)
    while True:
        yield steps
        for rows in torch.randperm(len(images), device=device).split(size):
            if len(rows) == size:
                x.copy_(images[rows])
                y.copy_(data.train.y[rows])
                total += update().detach()
                steps += 1
        total.item()
        validate(network, data.val.inputs(data.val.x), data.val.y, size)


def repeated(
    forward_backward: Callable[[], Tensor], optimizer: torch.optim.Optimizer
) -> Callable[[], Tensor]:
    """The step as it is."""

    def update() -> Tensor:
        optimizer.zero_grad()
        loss = forward_backward()
        optimizer.step()
        return loss

    return update


def captured(
    forward_backward: Callable[[], Tensor], optimizer: torch.optim.Optimizer
) -> Callable[[], Tensor]:
    """The step as a CUDA graph, as torch's notes on CUDA semantics say."""
    update = repeated(forward_backward, optimizer)
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            update()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    optimizer.zero_grad()
    with torch.cuda.graph(graph):
        loss = forward_backward()
        optimizer.step()

    def replay() -> Tensor:
        graph.replay()
        return loss

    return replay


def validate(network: nn.Module, x: Tensor, y: Tensor, size: int) -> float:
    """The accuracy on the validation split, in chunks."""
    network.eval()
    with torch.inference_mode(), torch.autocast(x.device.type, torch.bfloat16, enabled=x.is_cuda):
        outputs = torch.cat([network(part) for part in x.split(size)])
    network.train()
    return float((outputs.argmax(-1) == y).float().mean())
