"""Selecting the device."""

import os
import re

import torch

from tui_lab.engine.ranks.group import current
from tui_lab.engine.setup.determinism import prepare_cuda
from tui_lab.errors import DeviceError


def choose_device(name: str) -> torch.device:
    """`auto` selects CUDA, then MPS, then the CPU; any other device must exist.

    Each of several ranks has a GPU of its own, or all compute on the CPU. Raises DeviceError listing the
    available devices; never falls back silently.
    """
    if current().many:
        return _of_rank(name)
    here = available()
    chosen = {"auto": here[0], "cuda": "cuda:0"}.get(name, name)
    if chosen in here:
        if chosen.startswith("cuda"):
            prepare_cuda()
        return torch.device(chosen)
    known = re.fullmatch(r"cpu|mps|cuda(:\d+)?", name) is not None
    why = "is not available" if known else "is not a device name (auto, cpu, cuda, cuda:0, mps)"
    raise DeviceError(f"device: {name!r} {why}. Available: {', '.join(here)}")


def _of_rank(name: str) -> torch.device:
    ranks, gpus = current(), torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cpu" or (name == "auto" and not gpus):
        return torch.device("cpu")
    if name not in ("auto", "cuda"):
        raise DeviceError(f"device: {name!r} cannot be that of {ranks.count} ranks; give auto, cuda or cpu")
    if ranks.local_rank >= gpus:
        raise DeviceError(
            f"device: {ranks.local} ranks on a machine with {gpus} GPU{'' if gpus == 1 else 's'}; each needs "
            "one of its own: start fewer, or give --device cpu"
        )
    prepare_cuda()
    torch.cuda.set_device(ranks.local_rank)
    return torch.device("cuda", ranks.local_rank)


def backend(device: torch.device) -> str:
    """By what ranks on such devices exchange gradients."""
    return "nccl" if device.type == "cuda" else "gloo"


def available() -> list[str]:
    """All devices, starting with the one `auto` selects."""
    cuda = [f"cuda:{k}" for k in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]


def device_name(device: torch.device) -> str:
    """The display name of the device, such as `NVIDIA H200` or `CPU, 1 of 8 cores`."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        return f"CPU, {torch.get_num_threads()} of {os.cpu_count()} cores"
    return device.type.upper()


def gpu_uuid(device: torch.device) -> str:
    """The identifier of an NVIDIA GPU, as its driver spells it; others have one of their own."""
    return f"GPU-{getattr(torch.cuda.get_device_properties(device), 'uuid', '')}"
