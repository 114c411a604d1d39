"""An epoch of many trials on a GPU: each update is recorded once, and is then one launch.

Everything that differs from update to update is in tensors on the device: which rows, which numbers, which
trials are over. Nothing is read back before the epoch has ended.

Legend: T trials, S steps, B rows of a batch, N of the training split, K outputs.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from itertools import pairwise

import torch
from torch import Tensor

from tui_lab.engine.stacked.epoch import StackedEpoch
from tui_lab.engine.stacked.member import Member
from tui_lab.engine.stacked.noise import CountedNoise
from tui_lab.engine.stacked.settings import Settings
from tui_lab.engine.stacked.together_update import TogetherUpdate
from tui_lab.engine.steppers.captured import EAGER, EAGER_FIRST, Recorder, Results, same_bits
from tui_lab.experiment.tasks import TASKS
from tui_lab.safe import safe


class EpochOnGpu(StackedEpoch):
    """Numbers round as the device likes; dropout is that of the compiled code, not that of a trial alone."""

    def __init__(self, members: Sequence[Member], recorder: Recorder | None) -> None:
        """Without a recorder every operation is launched by itself."""
        super().__init__(members)
        first = members[0].training.prepared
        self._recorder = recorder
        outputs = TASKS[first.experiment.task].outputs(len(first.dataset.about.classes))
        self._outputs_TNK = torch.zeros(self._trials, self._ends[-1], outputs, device=self._device)
        none = torch.zeros(1, dtype=torch.int64, device=self._device)
        self._step_1, self._begin_1 = none, none.clone()
        self._places = {
            rows: torch.arange(rows, device=self._device)
            for rows in {end - begin for begin, end in pairwise(self._ends)}
        }

    def _equip(self, members: Sequence[Member], settings: Settings) -> None:
        self._noise = CountedNoise(settings.seeds, settings.rates, self._device)
        self._network, self._shown = self._networks_of(settings, self._noise)
        self._update = TogetherUpdate(members, self._rows, settings.clip_T1)
        self._loss = settings.loss
        self._replays: dict[int, Callable[[], None]] = {}  # by the number of rows
        self._eager: Counter[int] = Counter()

    def _run(self, members: Sequence[Member]) -> tuple[Tensor, Sequence[Tensor]]:
        self._noise.begin([member.training.step for member in members])
        self._update.begin(members, len(self._ends) - 1)
        self._step_1.zero_()
        self._begin_1.zero_()
        for begin, end in pairwise(self._ends):
            self._step(end - begin)
        return self._outputs_TNK.clone(), [member.random for member in members]

    def _step(self, rows: int) -> None:
        if (replay := self._replays.get(rows)) is not None:
            replay()
        elif self._recorder is not None and self._eager[rows] >= EAGER_FIRST:
            self._record(rows, self._recorder)
        else:
            self._eager[rows] += 1
            with nullcontext() if self._recorder is None else self._recorder.eager():
                self._make(rows)

    def _make(self, rows: int) -> Results:
        """Make the next update, with a batch of so many rows."""
        places_B = self._begin_1 + self._places[rows]
        x, y_TB = self._x.index_select(1, places_B), self._y_TN.index_select(1, places_B)
        outputs_TBK = self._network.forward(x)
        losses_T, gradient_TBK = self._loss(outputs_TBK, y_TB)
        self._update.watch(losses_T)
        self._losses_ST.index_copy_(0, self._step_1, losses_T.unsqueeze(0))
        self._outputs_TNK.index_copy_(1, places_B, outputs_TBK)
        self._network.backward(gradient_TBK)
        self._update.apply(self._step_1)
        self._noise.updated()
        self._step_1 += 1
        self._begin_1 += rows
        return outputs_TBK, losses_T

    def _record(self, rows: int, recorder: Recorder) -> None:
        """Make an update, and keep a recording of it if its replay gives the same bits."""
        before = self._everything()
        with recorder.eager():
            self._make(rows)
        after = self._everything()
        self._restore(before)
        try:
            replay, _ = recorder.record(lambda: self._make(rows))
            replay()
            if not all(map(same_bits, self._everything(), after)):
                raise RuntimeError("a replay of the recorded update gives other numbers")
        except RuntimeError as error:
            self._restore(after)
            self._recorder = None
            self.note = EAGER.format(safe(str(error).strip().split("\n")[0], 160))
        else:
            self._replays[rows] = replay

    def _tensors(self) -> list[Tensor]:
        """All that an update changes and a later one reads, or that is a result of it."""
        rows = self._rows
        results = [self._losses_ST, self._outputs_TNK]
        places = [self._step_1, self._begin_1, self._update.alive_T, self._noise.updates_T]
        return [rows.weights_TP, rows.averages_TP, *rows.kept_TL, *results, *places]

    def _everything(self) -> list[Tensor]:
        return [tensor.clone() for tensor in self._tensors()]

    def _restore(self, everything: Sequence[Tensor]) -> None:
        for tensor, value in zip(self._tensors(), everything, strict=True):
            tensor.copy_(value)
