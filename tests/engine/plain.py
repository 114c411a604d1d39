"""The textbook loop, written out with torch alone.

It shares with the engine the tensors of the data and the order in which things are drawn from the seed:
weights first, then, from the seed again, dropout; the order of the rows from a generator of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor, nn, optim
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from tui_lab.data.dataset import Dataset
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters


@dataclass
class Curves:
    step: list[float]
    train: list[float]
    val: list[float]
    lr: list[float]
    network: nn.Module
    averages: list[dict[str, Tensor]] = field(default_factory=list)
    """The averaged weights and the buffers at the end of each epoch."""


def dropout(p: float, seed: int, layer: int) -> nn.Module:
    """A layer, given where it stands."""
    return nn.Dropout(p)


def network(asked: Experiment, inputs: int, outputs: int) -> nn.Sequential:
    hyper = asked.hyperparameters
    activation = {
        "relu": nn.ReLU, "elu": nn.ELU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid,
        "gelu": nn.GELU, "silu": nn.SiLU,
        "leaky_relu": lambda: nn.LeakyReLU(hyper.negative_slope),
    }[hyper.activation]  # fmt: skip
    modules: list[nn.Module] = []
    side = asked.data.shape[1] if asked.data.shape else 0
    for line in asked.model.layers:
        match line.split():
            case ["linear", size]:
                modules.append(nn.Linear(inputs, int(size)))
                inputs = int(size)
                modules += [nn.BatchNorm1d(inputs)] * hyper.batch_norm
            case ["conv", size, "kernel=3", "padding=1"]:
                modules.append(nn.Conv2d(inputs, int(size), 3, padding=1))
                inputs = int(size)
                modules += [nn.BatchNorm2d(inputs)] * hyper.batch_norm
            case ["max_pool", "2"]:
                modules.append(nn.MaxPool2d(2))
                side //= 2
            case ["flatten"]:
                modules.append(nn.Flatten())
                inputs *= side * side
            case ["activation"]:
                modules.append(activation())
            case ["dropout"]:
                modules.append(dropout(hyper.dropout, hyper.seed, len(modules)))
            case other:
                raise AssertionError(other)
    return nn.Sequential(*modules, nn.Linear(inputs, outputs))


def optimizer(model: nn.Module, hyper: Hyperparameters) -> optim.Optimizer:
    lr, decay, betas = hyper.lr, hyper.weight_decay, (hyper.momentum, hyper.beta2)
    return {
        "sgd": lambda p: optim.SGD(p, lr, momentum=hyper.momentum, weight_decay=decay, fused=True),
        "adam": lambda p: optim.Adam(p, lr, betas=betas, weight_decay=decay, fused=True),
        "adamw": lambda p: optim.AdamW(p, lr, betas=betas, weight_decay=decay, fused=True),
        "rmsprop": lambda p: optim.RMSprop(p, lr, momentum=hyper.momentum, weight_decay=decay),
        "adagrad": lambda p: optim.Adagrad(p, lr, weight_decay=decay, fused=True),
    }[hyper.optimizer](model.parameters())


def loss(asked: Experiment, outputs: Tensor, y: Tensor, smoothing: float) -> Tensor:
    if asked.task == "regression":
        return nn.MSELoss()(outputs.squeeze(-1), y)
    if asked.task == "binary":
        return nn.BCEWithLogitsLoss()(outputs.squeeze(-1), y * (1 - smoothing) + smoothing / 2)
    return F.cross_entropy(outputs, y, label_smoothing=smoothing)


@dataclass
class Loop:
    """What a person who writes the loop by hand can change between two steps."""

    model: nn.Sequential
    optimizer: optim.Optimizer
    scheduler: lr_scheduler.LRScheduler | lr_scheduler.ReduceLROnPlateau | None
    batch_size: int
    accumulate: int
    clip: float
    smoothing: float
    averaged: AveragedModel | None = None
    bf16: bool = False
    rates: list[float] = field(default_factory=list)
    """Learning rates by step, if somebody works them out by hand."""


def average(model: nn.Module, decay: float) -> AveragedModel:
    """Torch's own average; it begins with the weights of now."""
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
    averaged.update_parameters(model)
    return averaged


Change = Callable[[Loop], None]


def scheduler(
    update: optim.Optimizer, hyper: Hyperparameters, steps: int
) -> lr_scheduler.LRScheduler | lr_scheduler.ReduceLROnPlateau | None:
    match hyper.schedule:
        case "step":
            return lr_scheduler.StepLR(update, hyper.step_size, hyper.gamma)
        case "cosine":
            return lr_scheduler.CosineAnnealingLR(update, hyper.epochs)
        case "plateau":
            return lr_scheduler.ReduceLROnPlateau(update, factor=hyper.gamma, patience=hyper.step_size)
        case "one_cycle":
            return lr_scheduler.OneCycleLR(update, hyper.lr, hyper.epochs * steps, cycle_momentum=False)
    return None


def train(asked: Experiment, data: Dataset, epochs: int, changes: dict[int, Change] | None = None) -> Curves:
    """`changes` are made just after the steps they are given for."""
    hyper, due = asked.hyperparameters, dict(changes or {})
    channels = asked.data.shape[0] if asked.data.shape else data.about.features
    torch.manual_seed(hyper.seed)
    model = network(asked, channels, len(data.about.classes) if asked.task == "multiclass" else 1)
    for layer in [m for m in model if isinstance(m, nn.Linear)][: hyper.frozen_layers]:
        layer.requires_grad_(False)
    rows = len(data.train)
    update = optimizer(model, hyper)
    by = scheduler(update, hyper, ceil(ceil(rows / hyper.batch_size) / hyper.accumulate))
    loop = Loop(model, update, by, hyper.batch_size, hyper.accumulate, hyper.grad_clip, hyper.label_smoothing)
    loop.bf16 = hyper.precision == "bf16"
    if hyper.ema_decay:
        loop.averaged = average(model, hyper.ema_decay)
    order = torch.Generator().manual_seed(hyper.seed)
    torch.manual_seed(hyper.seed)
    curves = Curves([], [], [], [], model)

    def make_changes() -> None:
        due.pop(len(curves.step), lambda _: None)(loop)

    for _ in range(epochs):
        model.train()
        total = 0.0
        rate = 0.0
        make_changes()
        batches = torch.randperm(rows, generator=order).split(loop.batch_size)
        for k in range(0, len(batches), loop.accumulate):
            make_changes()
            chosen = torch.cat(batches[k : k + loop.accumulate])
            if loop.rates:
                loop.optimizer.param_groups[0]["lr"] = loop.rates[len(curves.step)]
            rate = loop.optimizer.param_groups[0]["lr"]
            loop.optimizer.zero_grad()
            batch_loss = torch.zeros(())
            for one in batches[k : k + loop.accumulate]:
                with torch.autocast("cpu", torch.bfloat16, enabled=loop.bf16):
                    outputs = model(data.train.x[one])
                part = loss(asked, outputs.float(), data.train.y[one], loop.smoothing)
                if loop.accumulate > 1:
                    part = part * (len(one) / len(chosen))
                part.backward()
                batch_loss = batch_loss + part.detach()
            if loop.clip:
                nn.utils.clip_grad_norm_(model.parameters(), loop.clip)
            loop.optimizer.step()
            if loop.averaged is not None:
                loop.averaged.update_parameters(model)
            if isinstance(loop.scheduler, lr_scheduler.OneCycleLR):
                loop.scheduler.step()
            curves.step.append(batch_loss.item())
            total += batch_loss.item() * len(chosen)
        judged = model if loop.averaged is None else loop.averaged.module
        judged.eval()
        with torch.no_grad():
            with torch.autocast("cpu", torch.bfloat16, enabled=loop.bf16):
                outputs = judged(data.val.x)
            val_loss = loss(asked, outputs.float(), data.val.y, 0.0).item()
        curves.averages.append({name: value.clone() for name, value in judged.state_dict().items()})
        if isinstance(loop.scheduler, lr_scheduler.ReduceLROnPlateau):
            loop.scheduler.step(val_loss)
        elif not isinstance(loop.scheduler, lr_scheduler.OneCycleLR | None):
            loop.scheduler.step()
        curves.train.append(total / rows)
        curves.val.append(val_loss)
        curves.lr.append(rate)
    return curves
