"""Everything that is checked and made before a run starts. What fails here fails before anything began."""

import platform
from dataclasses import dataclass, replace
from typing import Self

import psutil
import torch
from torch import nn

from tui_lab import __version__
from tui_lab.data.batches import batch_sizes
from tui_lab.data.dataset import Dataset, load
from tui_lab.data.reading import Progress
from tui_lab.engine.baseline import constant_baseline
from tui_lab.engine.device import choose_device, device_name
from tui_lab.engine.objective import outputs_of
from tui_lab.engine.threads import choose_threads
from tui_lab.engine.transfer import transfer
from tui_lab.engine.warm import warm_up
from tui_lab.errors import InputError
from tui_lab.model.build import build, describe_layers
from tui_lab.model.live import check_frozen, freeze
from tui_lab.protocol.events import Event, ModelBuilt, Origin, RunStarted, Warned
from tui_lab.spec.experiment import Experiment
from tui_lab.spec.memory import breakdown, bytes_text, estimate, too_much
from tui_lab.spec.shapes import PlannedLayer, plan

_TIGHT = 0.8  # the share of the free memory from which a run is warned of


@dataclass(frozen=True, slots=True)
class Prepared:
    """An experiment that can start: data and network on the device, batches planned.

    `sizes` holds the batch sizes of an epoch; its length is the number of steps. `normed`: the network has
    a batch norm, which cannot learn from a batch of one. `transferred` names the tensors of the network whose
    values are from elsewhere.
    """

    experiment: Experiment
    device: torch.device
    dataset: Dataset
    network: nn.Sequential
    sizes: tuple[int, ...]
    normed: bool
    opening: tuple[Event, ...]
    transferred: tuple[str, ...] = ()

    def begun_at(self, origin: Origin) -> Self:
        """The same as a fork."""
        opening = (replace(e, origin=origin) if isinstance(e, RunStarted) else e for e in self.opening)
        return replace(self, opening=tuple(opening))


def prepare(experiment: Experiment, progress: Progress | None = None, *, anew: bool = True) -> Prepared:
    """Check the experiment and make all it needs. Raises InputError or DeviceError in words.

    `progress` hears of the share of the data that was read. `anew`: False for what goes on from a checkpoint,
    which holds all weights: those from elsewhere are not read again.
    """
    warm_up()
    hyper = experiment.hyperparameters
    device = choose_device(experiment.device)
    dataset = load(experiment, device, progress)
    outputs = outputs_of(experiment.task, len(dataset.about.classes))
    planned = plan(experiment.model.layers, hyper, dataset.about.shape, outputs)
    tight = _check_memory(planned, experiment, dataset, device)
    normed = any(item.layer.kind == "batch_norm" for item in planned)
    sizes, warnings = _batches(len(dataset.train), hyper.batch_size, normed=normed)
    choose_threads(planned, max(sizes))
    torch.manual_seed(hyper.seed)
    network = build(planned, dataset.about.shape, hyper)
    brought = experiment.model.weights if anew else None
    transferred = transfer(network, brought, dataset.about.classes) if brought is not None else None
    network = network.to(device)
    check_frozen(network, hyper.frozen_layers)
    freeze(network, hyper.frozen_layers)
    parameters = sum(p.numel() for p in network.parameters())
    built = ModelBuilt(
        layers=describe_layers(planned),
        parameters=parameters,
        trainable=sum(p.numel() for p in network.parameters() if p.requires_grad),
        baseline=constant_baseline(experiment.task, dataset),
        steps_per_epoch=len(sizes),
    )
    opening: tuple[Event, ...] = (
        RunStarted(experiment, _environment(device)),
        dataset.about,
        built,
        *([transferred] if transferred else []),
        *(Warned(text) for text in (*dataset.warnings, *warnings, *tight)),
    )
    taken = transferred.taken if transferred else ()
    return Prepared(experiment, device, dataset, network, sizes, normed, opening, taken)


def plan_batches(prepared: Prepared, batch_size: int) -> tuple[tuple[int, ...], list[str]]:
    """The sizes of an epoch's batches, and in words where `batch_size` could not be kept.

    Raises InputError if the network cannot learn from batches of that size.
    """
    return _batches(len(prepared.dataset.train), batch_size, normed=prepared.normed)


def _batches(rows: int, batch_size: int, *, normed: bool) -> tuple[tuple[int, ...], list[str]]:
    if normed and min(batch_size, rows) == 1:
        raise InputError("batch_size: batch norm needs at least 2 rows a batch (given: 1)")
    warnings: list[str] = []
    if batch_size > rows:
        warnings.append(
            f"batch_size {batch_size} is more than the {rows} rows for training: one batch an epoch"
        )
    if normed and rows % min(batch_size, rows) == 1:
        warnings.append("the last batch would hold 1 row, too few for batch norm: it joins the one before")
    return tuple(batch_sizes(rows, min(batch_size, rows), no_single=normed)), warnings


def _check_memory(
    planned: tuple[PlannedLayer, ...], experiment: Experiment, dataset: Dataset, device: torch.device
) -> list[str]:
    """Refuse a network that would not fit beside the data, before the machine begins to swap; or warn."""
    about = dataset.about
    memory = estimate(planned, about.shape, experiment.hyperparameters, experiment.task, about.split)
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available
    if problem := too_much(memory.further, free):
        parameters = sum(item.parameters for item in planned)
        raise InputError(f"the network has {parameters:,} parameters; {problem} ({breakdown(memory)})")
    if memory.further > _TIGHT * free:
        return [
            f"training needs about {bytes_text(memory.further)} of memory, and {bytes_text(free)} are free: "
            "little is left for anything else"
        ]
    return []


def _environment(device: torch.device) -> dict[str, str | int]:
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "torch": torch.__version__,
        "tui_lab": __version__,
        "device": str(device),
        "device_name": device_name(device),
        "threads": torch.get_num_threads(),
    }
