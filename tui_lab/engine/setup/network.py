"""The network of an experiment: from its layer list, torchvision, or user code."""

from dataclasses import dataclass

import psutil
import torch
from torch import Tensor, nn

from tui_lab.data.dataset import Dataset
from tui_lab.data.off_device import OffDevice
from tui_lab.data.user.user_code import own_code
from tui_lab.engine.ranks.group import current
from tui_lab.engine.setup.user_network import own_network
from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import names_where
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.network.layer_kinds import PlannedLayer, Shape
from tui_lab.experiment.network.memory import breakdown, bytes_text, estimate, too_much
from tui_lab.experiment.network.shapes import plan
from tui_lab.experiment.tasks import TASKS
from tui_lab.model.build import build, describe_layers
from tui_lab.model.library import COLOURS, library_network, passing
from tui_lab.model.live import normed, parts
from tui_lab.protocol.events import LayerBuilt
from tui_lab.safe import safe

_TIGHT = 0.8  # the fraction of free memory above which a run gets a warning
_COPIES = 5  # of the weights: themselves, gradients, two averages (Adam), the best epoch's


@dataclass(frozen=True, slots=True)
class BuiltNetwork:
    """A network on the CPU, the description of its layers, and warnings.

    `normed`: it has a batch norm.
    """

    network: nn.Module
    layers: tuple[LayerBuilt, ...]
    normed: bool
    warnings: tuple[str, ...]


def make_network(experiment: Experiment, dataset: Dataset, device: torch.device, code: Code) -> BuiltNetwork:
    """Build the network with weights drawn from the run's seed. Raises InputError if that fails.

    The memory of a layer list is checked before it is built; any other network is tried on two rows.
    """
    shape, model = dataset.about.shape, experiment.model
    outputs = TASKS[experiment.task].outputs(len(dataset.about.classes))
    if model.source == "layers":
        planned = plan(model.layers, experiment.hyperparameters, shape, outputs)
        warnings = _check_memory(planned, experiment, dataset, device)
        network = build_network(experiment, shape, outputs, code)
        return BuiltNetwork(network, describe_layers(planned), normed(network), tuple(warnings))
    network = build_network(experiment, shape, outputs, code)
    parameters = sum(weight.numel() for weight in network.parameters())
    if problem := too_much(parameters * 4 * _COPIES, _free(device)):
        raise InputError(f"the network has {parameters:,} parameters; {problem}")
    own = model.source == "module"
    named = (code.module if own else None) or model.name
    layers = _tried(network, dataset.train.first(2).cpu(), outputs, named, own=own)
    if own:
        network.register_forward_hook(lambda _, given, found: _check_outputs(given[0], found, outputs, named))
    warnings = _without_effect(experiment)
    if model.source == "torchvision" and shape[0] != COLOURS:
        warnings.append(
            f"torchvision's {model.name} expects {COLOURS} channels: its first convolution is "
            f"replaced by a new one for {shape[0]}"
        )
    return BuiltNetwork(network, layers, normed(network), tuple(warnings))


def build_network(experiment: Experiment, shape: Shape, outputs: int, code: Code) -> nn.Module:
    """The network alone, its weights drawn from the run's seed. Raises InputError."""
    torch.manual_seed(experiment.hyperparameters.seed)
    if experiment.model.source == "module":
        if code.module is None:
            raise InputError(
                f"the network is user code ({experiment.model.name}), which runs only if "
                f"named on the command line: add --module {experiment.model.name}"
            )
        return own_network(code.module, shape, outputs)
    if experiment.model.source == "torchvision":
        return library_network(experiment.model.name, shape, outputs)
    if code.module is not None:
        raise InputError("--module: this run's network is not user code; remove --module")
    return build(
        plan(experiment.model.layers, experiment.hyperparameters, shape, outputs), experiment.hyperparameters
    )


def _tried(
    network: nn.Module, x_BF: Tensor, outputs: int, named: str, *, own: bool
) -> tuple[LayerBuilt, ...]:
    """Pass two rows through the network and describe each part. Raises InputError if it does not fit."""
    shapes: dict[int, Shape] = {}

    def note(module: nn.Module, _inputs: object, given: object) -> None:
        first = given[0] if isinstance(given, tuple | list) and given else given
        if isinstance(first, Tensor):
            shapes.setdefault(id(module), tuple(side for side in first.shape[1:] if side > 0))

    found = parts(network)
    hooks = [module.register_forward_hook(note) for _, module in found]
    network.eval()
    try:
        with (
            own_code(named, "in a forward pass of two rows")
            if own
            else passing(named, tuple(x_BF.shape[1:])),
            torch.random.fork_rng(devices=()),
            torch.no_grad(),
        ):
            given = network(x_BF)
    finally:
        network.train()
        for hook in hooks:
            hook.remove()
    _check_outputs(x_BF, given, outputs, named)
    return tuple(
        LayerBuilt(
            safe(f"{name} {module!r}".split("\n")[0].strip(), 80),
            shapes.get(id(module), ()),
            sum(weight.numel() for weight in module.parameters(recurse=False)),
        )
        for name, module in found
    )


def _check_outputs(x_BF: Tensor, given: object, outputs: int, named: str) -> None:
    """Raise InputError if a network returns anything but its scores for every row."""
    if not isinstance(given, Tensor) or tuple(given.shape) != (len(x_BF), outputs):
        what = f"shape {tuple(given.shape)}" if isinstance(given, Tensor) else type(given).__name__
        raise InputError(
            f"{named}: for input of shape {tuple(x_BF.shape)} it returns {what}; the task needs "
            f"{(len(x_BF), outputs)}: rows with {outputs} raw score{'s' if outputs > 1 else ''} each"
        )


def _without_effect(experiment: Experiment) -> list[str]:
    """Warnings about hyperparameters that only affect a layer list."""
    defaults = type(experiment.hyperparameters)()
    turned = [
        name
        for name in names_where(lambda knob: knob.shapes_network)
        if getattr(experiment.hyperparameters, name) != getattr(defaults, name)
    ]
    if not turned:
        return []
    return [f"{', '.join(turned)}: no effect, since the network is not a layer list"]


def _free(device: torch.device) -> int:
    """Bytes of free memory on the device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def _check_memory(
    planned: tuple[PlannedLayer, ...], experiment: Experiment, dataset: Dataset, device: torch.device
) -> list[str]:
    """Refuse a network that would not fit next to the data, before the machine starts to swap; or warn."""
    about = dataset.about
    elsewhere = isinstance(dataset.train.x, OffDevice)  # neither the data nor a shuffled copy is there
    value_bytes = 0 if elsewhere else experiment.data.value_bytes
    hyper = experiment.hyperparameters
    batch_size = max(1, hyper.batch_size // current().count)  # each rank passes its rows only
    hyper = hyper.model_copy(update={"batch_size": batch_size})
    memory = estimate(planned, about.shape, hyper, experiment.task, about.split, value_bytes)
    free = _free(device)
    if problem := too_much(memory.further, free):
        parameters = sum(item.parameters for item in planned)
        raise InputError(f"the network has {parameters:,} parameters; {problem} ({breakdown(memory)})")
    if memory.further > _TIGHT * free:
        return [
            f"training needs about {bytes_text(memory.further)} of the {bytes_text(free)} of free memory, "
            "which leaves little for anything else"
        ]
    return []
