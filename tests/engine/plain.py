"""The textbook loop, written out with torch alone.

It shares with the engine the tensors of the data and the order in which things are drawn from the seed:
weights first, then, from the seed again, dropout; the order of the rows from a generator of its own.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn, optim

from tui_lab.data.dataset import Dataset
from tui_lab.spec.experiment import Experiment
from tui_lab.spec.hyperparameters import Hyperparameters


@dataclass
class Curves:
    step: list[float]
    train: list[float]
    val: list[float]
    lr: list[float]
    network: nn.Module


def network(asked: Experiment, inputs: int, outputs: int) -> nn.Sequential:
    hyper = asked.hyperparameters
    activation = {
        "relu": nn.ReLU, "elu": nn.ELU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid,
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
                modules.append(nn.Dropout(hyper.dropout))
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


def train(asked: Experiment, data: Dataset, epochs: int) -> Curves:
    hyper = asked.hyperparameters
    channels = asked.data.shape[0] if asked.data.shape else data.about.features
    torch.manual_seed(hyper.seed)
    model = network(asked, channels, len(data.about.classes) if asked.task == "multiclass" else 1)
    update = optimizer(model, hyper)
    rows = len(data.train)
    steps = -(-rows // hyper.batch_size)
    by_epoch = {
        "step": lambda: optim.lr_scheduler.StepLR(update, hyper.step_size, hyper.gamma),
        "cosine": lambda: optim.lr_scheduler.CosineAnnealingLR(update, hyper.epochs),
    }.get(hyper.schedule, lambda: None)()
    by_loss = (
        optim.lr_scheduler.ReduceLROnPlateau(update, factor=hyper.gamma, patience=hyper.step_size)
        if hyper.schedule == "plateau"
        else None
    )
    by_step = (
        optim.lr_scheduler.OneCycleLR(update, hyper.lr, hyper.epochs * steps, cycle_momentum=False)
        if hyper.schedule == "one_cycle"
        else None
    )
    order = torch.Generator().manual_seed(hyper.seed)
    torch.manual_seed(hyper.seed)
    curves = Curves([], [], [], [], model)
    for _ in range(epochs):
        model.train()
        total = 0.0
        rate = 0.0
        for chosen in torch.randperm(rows, generator=order).split(hyper.batch_size):
            rate = update.param_groups[0]["lr"]
            update.zero_grad()
            batch_loss = loss(asked, model(data.train.x[chosen]), data.train.y[chosen], hyper.label_smoothing)
            batch_loss.backward()
            if hyper.grad_clip:
                nn.utils.clip_grad_norm_(model.parameters(), hyper.grad_clip)
            update.step()
            if by_step:
                by_step.step()
            curves.step.append(batch_loss.item())
            total += batch_loss.item() * len(chosen)
        model.eval()
        with torch.no_grad():
            val_loss = loss(asked, model(data.val.x), data.val.y, 0.0).item()
        if by_epoch:
            by_epoch.step()
        if by_loss:
            by_loss.step(val_loss)
        curves.train.append(total / rows)
        curves.val.append(val_loss)
        curves.lr.append(rate)
    return curves
