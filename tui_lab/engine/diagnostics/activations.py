"""Passing one batch through the network and summarising the output of every layer."""

from pathlib import Path

import torch
from torch import Tensor, nn

from tui_lab.engine.diagnostics.ended_run import ended_run
from tui_lab.engine.setup.precision import Forward
from tui_lab.engine.setup.prepare import Prepared, prepare
from tui_lab.experiment.experiment import Experiment
from tui_lab.model.live import parts
from tui_lab.protocol.steering_events import ForwardProbed, LayerLook


def look_inside(
    network: nn.Module, names: list[str], x: Tensor, step: int, epoch: int, forward: Forward | None = None
) -> ForwardProbed:
    """Pass the batch `x` (B, ...) through `network` in evaluation mode and describe each output.

    `forward`: what calls the network, if its precision is not float32. `names`: one for each of its `parts`;
    they are reported in the order in which they run. Weights, running statistics and random state do not
    change. The network is left in training mode.
    """
    looks = [_look("input", x)]
    hooks = []
    for number, (name, (_, module)) in enumerate(zip(names, parts(network), strict=True), 1):

        def look(_module: nn.Module, _given: object, made: object, told: str = f"{number} {name}") -> None:
            if isinstance(made, Tensor) and made.numel():
                looks.append(_look(told, made))

        hooks.append(module.register_forward_hook(look))
    network.eval()
    try:
        with torch.inference_mode():
            (forward or network)(x)
    finally:
        network.train()
        for hook in hooks:
            hook.remove()
    return ForwardProbed(step, epoch, tuple(looks))


def look_at_start(experiment: Experiment) -> ForwardProbed:
    """The first batch of an experiment through its untrained network. Raises InputError as `prepare` does."""
    return _look_at(prepare(experiment), 0, 0)


def look_at_best(experiment: Experiment, folder: Path) -> ForwardProbed:
    """The first batch of `experiment` through the best weights of the run in `folder`.

    Raises InputError as `prepare` does, or if the weights do not match; RunError if the run has none.
    """
    run = ended_run(experiment, folder)
    return _look_at(run.prepared, run.step, run.weights.epoch)


def _look_at(prepared: Prepared, step: int, epoch: int) -> ForwardProbed:
    rows = min(prepared.sizes[0], prepared.experiment.hyperparameters.batch_size)
    x = prepared.dataset.train.first(rows)
    return look_inside(prepared.network, prepared.layer_names, x, step, epoch)


def _look(layer: str, x: Tensor) -> LayerLook:
    values = x.detach().float()
    low, mean, high, zeros = torch.stack(
        [values.amin(), values.mean(), values.amax(), (values == 0).float().mean()]
    ).tolist()
    return LayerLook(
        layer, tuple(x.shape), str(x.dtype).removeprefix("torch."), str(x.device), low, mean, high, zeros
    )
