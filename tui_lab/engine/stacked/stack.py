"""Trials whose epochs are made as one, each with its own training and its own loop."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from itertools import islice
from time import perf_counter

import torch
from torch import Tensor

from tui_lab.data.batches import EpochBatches
from tui_lab.data.dataset import Part
from tui_lab.engine.stacked.epoch import EpochOnCpu, StackedEpoch
from tui_lab.engine.stacked.gpu_epoch import EpochOnGpu
from tui_lab.engine.stacked.groups import shape_of, why_not_stacked
from tui_lab.engine.stacked.kernel_epoch import KernelEpoch
from tui_lab.engine.stacked.member import Member, Share
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.choose import Chooser, choose_stepper
from tui_lab.engine.steppers.cuda_graphs import CudaGraphs
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.steering_events import StepProbed

MOST_ON_CPU = 64
"""Trials of an epoch on the CPU: with more, what an update needs no longer fits the caches."""
_MOST_BYTES = 2**30
"""The shuffled rows of an epoch, of all trials together."""
_ROOMS = 3
"""Sizes of stacks for which memory is kept."""


RoomFor = Callable[[Sequence[Member]], StackedEpoch]


def room_for(members: Sequence[Member]) -> StackedEpoch:
    """Room for the epochs of these trials, on their device."""
    device = members[0].training.prepared.device
    if device.type == "cpu":
        return EpochOnCpu(members)
    if device.type == "cuda" and members[0].training.hyper.speed == "fast":
        return KernelEpoch(members)
    return EpochOnGpu(members, CudaGraphs(device) if device.type == "cuda" else None)


class Stack:
    """Makes the epochs of all its members that wait for one, when the first of them asks."""

    def __init__(self, most: int = 0, room_for: RoomFor = room_for) -> None:
        """`most`: trials of an epoch; 0 for what suits the device. `room_for`: how epochs are made."""
        self._most, self._room_for = most, room_for
        self.note = ""
        """What a person should know about how the latest epoch was made."""
        self._members: list[Member] = []
        self._shapes: dict[int, tuple[Hyperparameters, Hashable]] = {}
        self._rooms: OrderedDict[tuple[Hashable, int], StackedEpoch] = OrderedDict()

    def add(self, member: Member) -> Chooser:
        """Take in a trial; returns what chooses the steppers of its loop."""
        self._members.append(member)

        def choose(training: Training, probed_layers: Sequence[str] | None) -> EagerStepper:
            member.ready = True
            if probed_layers is not None or self._shape(member) is None:
                return choose_stepper(training, probed_layers)
            return StackedStepper(member, self)

        return choose

    def remove(self, member: Member) -> None:
        """For a trial that is over."""
        self._members.remove(member)
        self._shapes.pop(id(member), None)

    def share_for(self, member: Member) -> Share | None:
        """The share of a member in its next epoch, if that can be made as one with another's."""
        member.random = torch.get_rng_state()
        if member.share is None and member.waits:
            shape = self._shape(member)
            others = (
                one for one in self._members if one is not member and one.waits and self._shape(one) == shape
            )
            most = self._most_of(member.training)
            chosen = {member, *islice(others, most - 1)}
            together = [one for one in self._members if one in chosen]  # in the same order, whoever asks
            if len(together) > 1:
                room = self._room(shape, together)
                shares = room.make(together)
                self.note = room.note
                for one, share in zip(together, shares, strict=True):
                    one.share = share
        made, member.share = member.share, None
        return made if made is not None and made.is_of(member.training) else None

    def _shape(self, member: Member) -> Hashable:
        """What members need to have in common; None if it can only train alone."""
        hyper, prepared = member.training.hyper, member.training.prepared
        known = self._shapes.get(id(member))
        if known is None or known[0] is not hyper:
            shape = None if why_not_stacked(prepared, hyper) else shape_of(prepared, hyper)
            known = self._shapes[id(member)] = hyper, shape
        return known[1]

    def _most_of(self, training: Training) -> int:
        x = training.prepared.dataset.train.x
        usual = MOST_ON_CPU if training.prepared.device.type == "cpu" else _MOST_BYTES
        return min(self._most or usual, max(1, _MOST_BYTES // x.nbytes)) if isinstance(x, Tensor) else 1

    def _room(self, shape: Hashable, members: Sequence[Member]) -> StackedEpoch:
        key = shape, len(members)
        if key not in self._rooms:
            self._rooms[key] = self._room_for(members)
            if len(self._rooms) > _ROOMS:
                self._rooms.popitem(last=False)
        self._rooms.move_to_end(key)
        return self._rooms[key]


class StackedStepper(EagerStepper):
    """Takes the trial's share of an epoch; what is not made as one, it makes as the trial would alone."""

    watchable = False

    def __init__(self, member: Member, stack: Stack) -> None:
        super().__init__(member.training)
        self._member, self._stack = member, stack
        self._alone: EagerStepper | None = None
        self._taken: Share | None = None

    def advance(self, batches: EpochBatches, most: int) -> bool:
        began = perf_counter()
        share = None
        if batches.together and most >= batches.left == len(self._training.sizes):
            share = self._stack.share_for(self._member)
        if share is None:
            self._member.share = self._taken = None
            return self._by_itself().advance(batches, most)
        self.note = self._stack.note
        self._member.take(share)
        _, y = batches.take_together(len(self._training.sizes))
        rows = sum(self._training.sizes[: share.made])
        self._outputs.add(share.outputs_NK[:rows], y[:rows])
        finite = self._losses.extend(share.losses)
        self._made(share.made)
        self._taken, self._alone = share, None
        self._training.elsewhere_s += perf_counter() - began - share.seconds
        return finite

    def _by_itself(self) -> EagerStepper:
        if self._alone is None:
            self._alone = choose_stepper(self._training)
        self.note = self._alone.note
        return self._alone

    def outputs_of(self, part: Part) -> Tensor:
        if self._taken is not None and part is self._training.prepared.dataset.val:
            return self._taken.validated_VK
        return self._by_itself().outputs_of(part)

    def probed(self) -> StepProbed | None:
        return None
