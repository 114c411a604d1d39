"""Everything that is validated and built before a run starts, so that errors come before training."""

import platform
from dataclasses import dataclass, field, replace
from typing import Self

import torch
from torch import nn

from tui_lab import __version__
from tui_lab.data.batches import batch_sizes, grouped
from tui_lab.data.dataset import Dataset
from tui_lab.data.images.augment import without_effect
from tui_lab.data.local_file import Progress
from tui_lab.data.sources import load
from tui_lab.engine.checkpoints.last_good import skipped_notes
from tui_lab.engine.evaluation.baseline import constant_baseline
from tui_lab.engine.ranks.group import Ranks, current
from tui_lab.engine.setup.device import backend, choose_device, device_name
from tui_lab.engine.setup.network import make_network
from tui_lab.engine.setup.precision import unavailable
from tui_lab.engine.setup.threads import choose_threads
from tui_lab.engine.setup.transfer import transfer
from tui_lab.engine.setup.warm_up import warm_up
from tui_lab.errors import InputError
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.model.live import check_frozen, freeze
from tui_lab.protocol.events import Event, LayerBuilt, ModelBuilt, Origin, RunStarted, Warned


@dataclass(frozen=True, slots=True)
class Prepared:
    """An experiment ready to start: data and network on the device, batch sizes planned.

    `sizes` holds the rows of each step of an epoch, a batch or several. `normed`: the network has
    a batch norm, which cannot train on a batch of one. `transferred` names the tensors with pretrained
    values; `skipped` lists the newer checkpoints of their run that could not be used. `ranks`: the processes
    that train it together.
    """

    experiment: Experiment
    device: torch.device
    dataset: Dataset
    network: nn.Module
    sizes: tuple[int, ...]
    normed: bool
    opening: tuple[Event, ...]
    transferred: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    ranks: Ranks = field(default_factory=Ranks)

    @property
    def layers(self) -> tuple[LayerBuilt, ...]:
        """The layers, as reported in `ModelBuilt`."""
        return next(event.layers for event in self.opening if isinstance(event, ModelBuilt))

    @property
    def layer_names(self) -> list[str]:
        return [layer.layer for layer in self.layers]

    def begun_at(self, origin: Origin) -> Self:
        """The same, as a fork."""
        opening = (replace(e, origin=origin) if isinstance(e, RunStarted) else e for e in self.opening)
        return replace(self, opening=tuple(opening))


def prepare(
    experiment: Experiment, progress: Progress | None = None, *, anew: bool = True, code: Code = NO_CODE
) -> Prepared:
    """Validate the experiment and build all it needs. Raises InputError or DeviceError.

    `progress` is called with the fraction of the data read. `anew`: False when continuing from a checkpoint,
    which holds all weights, so that pretrained ones are not read again. `code`: the user code that may run.
    """
    warm_up()
    hyper = experiment.hyperparameters
    device = choose_device(experiment.device)
    dataset = load(experiment, device, progress, code)
    made = make_network(experiment, dataset, device, code)
    sizes, warnings = _batches(len(dataset.train), hyper, normed=made.normed)
    idle = without_effect(dataset.train, hyper)
    if note := unavailable(hyper.precision, device):
        idle.append(note)
    choose_threads(made.layers, min(max(sizes), hyper.batch_size + 1))
    network = made.network
    transferred, skipped = transfer(network, experiment, dataset.about, code) if anew else (None, ())
    network = network.to(device)
    check_frozen(network, hyper.frozen_layers)
    freeze(network, hyper.frozen_layers)
    parameters = sum(p.numel() for p in network.parameters())
    built = ModelBuilt(
        layers=made.layers,
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
        *(
            Warned(text)
            for text in (*skipped_notes(skipped), *dataset.warnings, *warnings, *made.warnings, *idle)
        ),
    )
    taken = transferred.taken if transferred else ()
    return Prepared(
        experiment, device, dataset, network, sizes, made.normed, opening, taken, skipped, current()
    )


def plan_batches(prepared: Prepared, hyper: Hyperparameters) -> tuple[tuple[int, ...], list[str]]:
    """The rows of each step of an epoch, and warnings if `batch_size` or `accumulate` is too large.

    Raises InputError if the network cannot train on batches of that size.
    """
    return _batches(len(prepared.dataset.train), hyper, normed=prepared.normed)


def _batches(rows: int, hyper: Hyperparameters, *, normed: bool) -> tuple[tuple[int, ...], list[str]]:
    batch_size, many = hyper.batch_size, hyper.accumulate
    if normed and min(batch_size, rows) == 1:
        raise InputError("batch_size: batch norm needs at least 2 rows per batch (given: 1)")
    warnings: list[str] = []
    if batch_size > rows:
        warnings.append(
            f"batch_size {batch_size} is larger than the {rows} training rows: one batch per epoch"
        )
    if normed and rows % min(batch_size, rows) == 1:
        warnings.append(
            "the last batch would have 1 row, too few for batch norm: merged with the previous one"
        )
    sizes = batch_sizes(rows, min(batch_size, rows), no_single=normed)
    if many > len(sizes):
        warnings.append(
            f"accumulate {many} is more than the {len(sizes)} batches of an epoch: one update per epoch"
        )
    return tuple(grouped(sizes, many)), warnings


def _environment(device: torch.device) -> dict[str, str | int]:
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "torch": torch.__version__,
        "tui_lab": __version__,
        "device": str(device),
        "device_name": device_name(device),
        "threads": torch.get_num_threads(),
        **_of_ranks(device),
    }


def _of_ranks(device: torch.device) -> dict[str, str | int]:
    """How many processes train the run, and how they exchange gradients; empty for one."""
    ranks = current()
    return {"ranks": ranks.count, "backend": backend(device)} if ranks.many else {}
