"""What the hyperparameters of the trials of a stack ask for; it stays until one of them changes.

Legend: T trials.
"""

from collections.abc import Sequence
from math import inf
from typing import cast

import torch
from torch import nn

from tui_lab.engine.stacked.losses import stacked_loss
from tui_lab.engine.stacked.member import Member


class Settings:
    """The loss, clipping, averages and the rates of dropout as they are in force.

    `rates`: for each layer of dropout, by its number, the rate of every trial. `clip_T1`: the largest norm of
    the gradient, None if no trial is clipped. `averaged_T1`: which trials have averaged weights.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        trainings = [member.training for member in members]
        self._of = [(training, training.hyper) for training in trainings]
        first, hypers = trainings[0].prepared, [training.hyper for training in trainings]
        networks = [list(training.network.children()) for training in trainings]
        self.modules = networks[0]
        self.rates = {
            number: [cast(nn.Dropout, modules[number]).p for modules in networks]
            for number, layer in enumerate(networks[0])
            if isinstance(layer, nn.Dropout)
        }
        self.seeds = [hyper.seed for hyper in hypers]
        smoothing = [hyper.label_smoothing for hyper in hypers]
        self.loss = stacked_loss(first.experiment.task, smoothing, first.device)
        clips = torch.tensor([hyper.grad_clip or inf for hyper in hypers], device=first.device)
        self.clip_T1 = clips.view(-1, 1) if any(hyper.grad_clip for hyper in hypers) else None
        averaged = [training.average is not None for training in trainings]
        self.averages = any(averaged)
        self.averaged_T1 = torch.tensor(averaged, device=first.device).view(-1, 1)

    def are_of(self, members: Sequence[Member]) -> bool:
        """Whether these are the settings of these trials, with what is in force now."""
        return len(self._of) == len(members) and all(
            training is member.training and hyper is training.hyper
            for (training, hyper), member in zip(self._of, members, strict=True)
        )
