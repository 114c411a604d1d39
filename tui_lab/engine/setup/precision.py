"""The precision in which the network computes; weights, gradients, losses and metrics stay float32."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from tui_lab.experiment.hyperparameters import Hyperparameters

Forward = Callable[[Tensor], Tensor]
Backward = Callable[[Tensor], None]


def precision_in_force(hyper: Hyperparameters) -> str:
    """Speed `fast` allows TF32."""
    return "tf32" if hyper.speed == "fast" and hyper.precision == "fp32" else hyper.precision


def forward_in(precision: str, network: Forward, device: torch.device) -> Forward:
    """Network inputs `(B, ...)` to outputs `(B, K)` in float32."""
    if precision == "bf16":

        def in_bf16(x: Tensor) -> Tensor:
            with torch.autocast(device.type, torch.bfloat16):
                outputs: Tensor = network(x)
            return outputs.float()

        return in_bf16
    if precision == "tf32" and device.type == "cuda":

        def in_tf32(x: Tensor) -> Tensor:
            with _tf32():
                outputs: Tensor = network(x)
            return outputs

        return in_tf32
    return network


def backward_in(precision: str, device: torch.device) -> Backward:
    """Sets the gradients, given a loss."""
    if precision == "tf32" and device.type == "cuda":

        def in_tf32(loss: Tensor) -> None:
            with _tf32():
                loss.backward()  # type: ignore[no-untyped-call]

        return in_tf32
    return Tensor.backward


def unavailable(precision: str, device: torch.device) -> str:
    """A note if the device does not have that precision; otherwise empty."""
    if precision == "tf32" and device.type != "cuda":
        return f"precision tf32 has no effect on {device.type}: only NVIDIA GPUs have it; computing in fp32"
    return ""


@contextmanager
def _tf32() -> Iterator[None]:
    """TF32 only inside: the setting is one of the process, and of other runs in it."""
    settings: list[Any] = [
        torch.backends.cuda.matmul,
        torch.backends.cudnn.conv,  # type: ignore[attr-defined]
        torch.backends.cudnn.rnn,
    ]
    before = [setting.fp32_precision for setting in settings]
    for setting in settings:
        setting.fp32_precision = "tf32"
    try:
        yield
    finally:
        for setting, value in zip(settings, before, strict=True):
            setting.fp32_precision = value
