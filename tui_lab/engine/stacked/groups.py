"""Which trials can be trained as one, and with which others."""

from collections import defaultdict
from collections.abc import Hashable, Sequence

from torch import Tensor, nn

from tui_lab.engine.native.stack import why_not as why_not_compiled
from tui_lab.engine.setup.layer_stack import layer_stack
from tui_lab.engine.setup.precision import precision_in_force
from tui_lab.engine.setup.prepare import Prepared, plan_batches
from tui_lab.engine.stacked.kernel_epoch import why_no_kernel
from tui_lab.engine.stacked.layers import KINDS
from tui_lab.experiment.hyperparameters import Hyperparameters

_REFUSED = {
    nn.Conv2d: "convolutions are faster one trial after another than stacked",
    nn.BatchNorm1d: "batch norm keeps statistics of its own for each trial",
    nn.BatchNorm2d: "batch norm keeps statistics of its own for each trial",
}


def why_not_stacked(prepared: Prepared, hyper: Hyperparameters) -> str:
    """Why a training can only be made by itself; empty if it can be made as one with others."""
    data = prepared.dataset.train
    if prepared.experiment.model.source != "layers":
        return "its network is not a layer list"
    for layer in prepared.network.children():
        if (reason := _REFUSED.get(type(layer))) is not None:
            return reason
    if layer_stack(prepared, KINDS) is None:
        return "the network has layers other than linear, activations, flatten and dropout"
    if not isinstance(data.x, Tensor) or data.scale is not None:
        return "its images are turned into inputs batch by batch"
    if prepared.transferred:
        return "pretrained weights have a learning rate of their own"
    if hyper.accumulate > 1:
        return "each of its updates is made of several batches"
    if hyper.precision == "bf16":
        return "it computes in bf16"
    if hyper.speed == "fast" and not why_not_compiled(prepared, hyper):
        return "the compiled code makes its updates"
    if precision_in_force(hyper) == "tf32" and prepared.device.type == "cuda":
        return "it computes in tf32" if hyper.speed == "exact" else why_no_kernel(prepared, hyper)
    return ""


def shape_of(prepared: Prepared, hyper: Hyperparameters) -> Hashable:
    """What trainings must have in common to be made as one; what is not in here may differ."""
    data = prepared.dataset
    sizes, _ = plan_batches(prepared, hyper)
    layers = tuple(_without_rate(layer) for layer in prepared.network.children())
    parts = (data.train, data.val)
    return (
        prepared.experiment.task,
        str(prepared.device),
        layers,
        tuple(tuple(weight.shape) for weight in prepared.network.parameters()),
        tuple(tuple(part.x.shape) for part in parts),
        sizes,
        hyper.optimizer,
        hyper.frozen_layers,
        hyper.speed,
    )


def groups_of(prepareds: Sequence[Prepared]) -> list[list[int]]:
    """The indices of the trainings in groups that can each be made as one, in order of their first member.

    One that cannot be stacked is a group by itself.
    """
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index, prepared in enumerate(prepareds):
        hyper = prepared.experiment.hyperparameters
        alone = bool(why_not_stacked(prepared, hyper))
        groups[("alone", index) if alone else shape_of(prepared, hyper)].append(index)
    return list(groups.values())


def _without_rate(layer: nn.Module) -> str:
    """A layer in words. The rate of dropout may differ."""
    return "Dropout" if isinstance(layer, nn.Dropout) else repr(layer)
