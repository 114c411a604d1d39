"""An epoch of many trials, made as one.

Legend: T trials, N rows of the training split, B rows of a batch, V of the validation split, K outputs.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import isfinite
from time import perf_counter

import torch
from torch import Tensor

from tui_lab.engine.stacked.each_update import EachUpdate
from tui_lab.engine.stacked.layers import Noise, StackedNetwork
from tui_lab.engine.stacked.member import Member, Share
from tui_lab.engine.stacked.noise import OwnNoise
from tui_lab.engine.stacked.rows import Layout, Rows, aligned
from tui_lab.engine.stacked.settings import Settings

_EVALUATED = 65_536
"""Rows of all trials that are evaluated at a time."""


class StackedEpoch(ABC):
    """Room for the epochs of some trials of one shape."""

    def __init__(self, members: Sequence[Member]) -> None:
        first, self._trials = members[0].training, len(members)
        data, self._device = first.prepared.dataset, first.prepared.device
        layout = Layout(list(first.network.parameters()))
        self._rows = Rows(layout, first.hyper.optimizer, self._trials, self._device)
        self._ends = list(accumulate(first.sizes, initial=0))
        self._x, self._y_TN, self._x_val = map(self._room_for, (data.train.x, data.train.y, data.val.x))
        self._losses_ST = torch.zeros(len(first.sizes), self._trials, device=self._device)
        self._order = torch.Generator()
        self._settings: Settings | None = None
        self._given: list[Share] = []
        self.note = ""
        """What a person should know about how updates are made."""

    @torch.inference_mode()
    def make(self, members: Sequence[Member]) -> list[Share]:
        """Make the next epoch of each from what it holds, which stays as it is; returns their shares."""
        began = perf_counter()
        for share in self._given:
            if not share.taken:
                share.slot = share.slot.copied()
        if self._settings is None or not self._settings.are_of(members):
            self._settings = Settings(members)
            self._equip(members, self._settings)
            for t, member in enumerate(members):
                x_val = member.training.prepared.dataset.val.x
                assert isinstance(x_val, Tensor), "groups are made of data on the device"
                self._x_val[t].copy_(x_val)
        for t, member in enumerate(members):
            self._load(t, member)
        outputs_TNK, randoms = self._run(members)
        validated_TVK = self._validate(self._settings)
        losses = self._losses_ST.t().tolist()
        seconds = (perf_counter() - began) / len(members)
        self._given = [
            Share(
                begin=member.training.step,
                hyper=member.training.hyper,
                losses=_until_not_finite(losses[t]),
                outputs_NK=outputs_TNK[t],
                validated_VK=validated_TVK[t],
                slot=self._rows.slots[t],
                random=randoms[t],
                seconds=seconds,
            )
            for t, member in enumerate(members)
        ]
        return self._given

    @abstractmethod
    def _equip(self, members: Sequence[Member], settings: Settings) -> None:
        """Create what these settings ask for; `_network_of` among it."""

    @abstractmethod
    def _run(self, members: Sequence[Member]) -> tuple[Tensor, Sequence[Tensor]]:
        """Make all updates; returns the outputs `(T, N, K)` of their steps, and the random states."""

    def _networks_of(self, settings: Settings, noise: Noise) -> tuple[StackedNetwork, StackedNetwork]:
        """The network that is trained, and the one that is validated: the same if there are no averages."""
        layout, rows = self._rows.layout, self._rows
        gradients = layout.stacked(rows.gradients_TP)
        trained, shown = (
            StackedNetwork(settings.modules, layout.stacked(weights), gradients, layout.learns, noise)
            for weights in (rows.weights_TP, rows.shown_TP)
        )
        return trained, shown if settings.averages else trained

    def _room_for(self, one: object) -> Tensor:
        assert isinstance(one, Tensor), "groups are made of data on the device"
        room = torch.empty(self._trials, aligned(one.numel()), dtype=one.dtype, device=self._device)
        return room[:, : one.numel()].view(-1, *one.shape)

    def _load(self, t: int, member: Member) -> None:
        """Weights, state of the optimizer, average, and the rows in the order of the next epoch."""
        training = member.training
        member.fill(self._rows.slots[t])
        data = training.prepared.dataset.train
        assert isinstance(data.x, Tensor), "groups are made of data on the device"
        rows_N = torch.randperm(len(data), generator=self._order.set_state(training.order_state))
        rows_N = rows_N.to(self._device)
        torch.index_select(data.x, 0, rows_N, out=self._x[t])
        torch.index_select(data.y, 0, rows_N, out=self._y_TN[t])

    def _validate(self, settings: Settings) -> Tensor:
        """The outputs `(T, V, K)` for the validation split, of the averaged weights where there are any."""
        rows = self._rows
        if settings.averages:
            torch.where(settings.averaged_T1, rows.averages_TP, rows.weights_TP, out=rows.shown_TP)
        pieces = torch.split(self._x_val, max(1, _EVALUATED // self._trials), 1)
        return torch.cat([self._shown.evaluate(x) for x in pieces], 1)

    _shown: StackedNetwork


class EpochOnCpu(StackedEpoch):
    """Every trial has the bits of the same trial alone."""

    def _equip(self, members: Sequence[Member], settings: Settings) -> None:
        self._noise = OwnNoise(settings.rates)
        self._network, self._shown = self._networks_of(settings, self._noise)
        self._update = EachUpdate(members, self._rows, settings.clip_T1)
        self._loss = settings.loss

    def _run(self, members: Sequence[Member]) -> tuple[Tensor, Sequence[Tensor]]:
        randoms = [member.random for member in members]
        self._noise.begin(randoms)
        self._update.begin(members, len(self._ends) - 1)
        alive_T, found = torch.ones(self._trials, dtype=torch.bool), []
        for step, (begin, end) in enumerate(pairwise(self._ends)):
            outputs_TBK = self._network.forward(self._x[:, begin:end])
            losses_T, gradient_TBK = self._loss(outputs_TBK, self._y_TN[:, begin:end])
            self._losses_ST[step] = losses_T
            found.append(outputs_TBK)
            if not isfinite(float(losses_T.sum())):
                over = (alive_T & ~losses_T.isfinite()).nonzero().flatten().tolist()
                alive_T[over] = False
                self._noise.stop(over)
                self._update.stop(over)
            self._network.backward(gradient_TBK)
            self._update.apply(step)
        return torch.cat(found, 1), self._noise.states(randoms)


def _until_not_finite(losses: list[float]) -> list[float]:
    """The losses up to the first that is not finite, with it."""
    if isfinite(sum(losses)):
        return losses
    bad = next((k for k, loss in enumerate(losses) if not isfinite(loss)), len(losses))
    return losses[: bad + 1]
