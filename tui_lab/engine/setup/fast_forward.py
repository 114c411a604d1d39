"""What speed `fast` does besides compiled updates, and what it cannot do."""

import torch
from torch import Tensor, nn

from tui_lab.engine.native.stack import why_not
from tui_lab.engine.setup.layer_stack import pooled_first
from tui_lab.engine.setup.precision import Forward
from tui_lab.engine.setup.prepare import Prepared
from tui_lab.experiment.hyperparameters import Hyperparameters


def forward_at(speed: str, prepared: Prepared) -> Forward:
    """The network in float32. At `fast`, images go through it in channels last, and are pooled first.

    The weights stay as they are, so that whatever refers to them need not change.
    """
    network = prepared.network
    if speed == "exact" or not _has_images(prepared):
        return network
    if prepared.experiment.model.source != "layers":
        return lambda x: network(x.contiguous(memory_format=torch.channels_last))
    modules = pooled_first(list(network.children()))

    def forward(x: Tensor) -> Tensor:
        for module in modules:
            if isinstance(module, nn.Conv2d):  # what it is given decides the layout of what it gives
                x = x.contiguous(memory_format=torch.channels_last)
            x = module(x)
        return x

    return forward


def _has_images(prepared: Prepared) -> bool:
    return len(prepared.dataset.train.x.shape) == 4


def speed_note(prepared: Prepared, hyper: Hyperparameters) -> str:
    """Why speed `fast` is not what its name says; empty if it is, or is not asked for."""
    on_gpu = prepared.device.type == "cuda"  # TF32, see `live_changes.py`
    if hyper.speed == "exact" or on_gpu or not (reason := why_not(prepared, hyper)):
        return ""
    what = "only the memory layout changes (channels last)" if _has_images(prepared) else "computing as exact"
    return f"speed fast: {what}; {reason}"
