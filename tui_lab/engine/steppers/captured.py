"""Updates recorded once and replayed: on a GPU, one launch of a CUDA graph instead of a hundred of kernels.

A recording keeps every number that Python computed. It is made for the hyperparameters in force, as a stepper
is; what changes from step to step is in tensors: the batch, and the learning rate (see `device_rates.py`).

Legend: B rows, K outputs.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from tui_lab.engine.state.step_losses import LatchedLosses
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.safe import safe

EAGER_FIRST = 3
"""Updates of a batch size before it is recorded: libraries allocate and choose in the first."""
EAGER = "updates are launched kernel by kernel, not as a CUDA graph: {}"
Results = tuple[Tensor, Tensor]
"""The outputs `(B, K)` of an update and its loss `()`."""


class Recorder(Protocol):
    """Records work on a device."""

    def eager(self) -> AbstractContextManager[None]:
        """For updates that are made before the recording."""
        ...

    def record(self, work: Callable[[], Results]) -> tuple[Callable[[], None], Results]:
        """What does the work again, and its results, which are new after each time. Raises RuntimeError."""
        ...

    def random_state(self) -> Tensor:
        """The state of the device's random generator."""
        ...

    def set_random_state(self, state: Tensor) -> None:
        """Put such a state back."""
        ...


@dataclass(frozen=True, slots=True)
class _Recording:
    x: Tensor
    y: Tensor
    results: Results
    replay: Callable[[], None]


class CapturedStepper(EagerStepper):
    """Makes the updates of `EagerStepper`, with the same bits; `losses` must be latched."""

    watchable = False

    def __init__(self, training: Training, losses: LatchedLosses, recorder: Recorder) -> None:
        super().__init__(training)
        self._latched, self._recorder = losses, recorder
        self._recordings: dict[int, _Recording] = {}  # by the number of rows
        self._eager: Counter[int] = Counter()
        self._given_up = False

    def step(self, x: Tensor, y: Tensor) -> bool:
        if self._device_rates is not None:
            self._device_rates.refresh()
        recording = self._recordings.get(len(y))
        if recording is None and not self._given_up and self._eager[len(y)] >= EAGER_FIRST:
            return self._count(self._record(x, y), y)
        if recording is None:
            self._eager[len(y)] += 1
            with self._recorder.eager():
                return super().step(x, y)
        recording.x.copy_(x)
        recording.y.copy_(y)
        recording.replay()
        return self._count(recording.results, y)

    def _count(self, results: Results, y: Tensor) -> bool:
        outputs_BK, loss = results
        self._latched.record(loss)
        self._outputs.add(outputs_BK.clone(), y)  # the next replay overwrites them
        self._made()
        return True

    def _whole(self, x: Tensor, y: Tensor) -> Results:
        outputs_BK, loss = self._forward(x if self._see is None else self._see(x), y)
        self._latched.latch(loss)
        self._apply(loss)
        return outputs_BK.detach(), loss.detach()

    def _record(self, x: Tensor, y: Tensor) -> Results:
        """Make an update eagerly, and keep a recording of it if its replay gives the same bits."""
        before = self._everything()
        with self._recorder.eager():
            outputs_BK, loss = (result.clone() for result in self._whole(x, y))
        after = self._everything()
        self._restore(before)
        x, y = x.clone(), y.clone()
        try:
            with self._capturable():
                replay, results = self._recorder.record(lambda: self._whole(x, y))
            replay()
            found = [*self._everything(), *results]
            if not all(map(same_bits, found, [*after, outputs_BK, loss])):
                raise RuntimeError("a replay of the recorded update gives other numbers")
        except RuntimeError as error:
            self._restore(after)
            self._given_up = True
            self.note = EAGER.format(safe(str(error).strip().split("\n")[0], 160))
        else:
            self._recordings[len(y)] = _Recording(x, y, results, replay)
        return outputs_BK, loss

    @contextmanager
    def _capturable(self) -> Iterator[None]:
        """What torch's optimizers ask for in a recording. Their fused updates are the same either way."""
        groups = [group for group in self._optimizer.param_groups if "capturable" in group]
        for group in groups:
            group["capturable"] = True
        try:
            yield
        finally:
            for group in groups:
                group["capturable"] = False

    def _tensors(self) -> list[Tensor]:
        """All that an update changes, apart from the random state."""
        kept = [value for state in self._optimizer.state.values() for value in state.values()]
        averaged = list(self._average.state_dict().values()) if self._average is not None else []
        buffers = self._training.network.buffers()
        every = [*self._weights, *buffers, *averaged, self._latched.latched, *kept]
        return [value for value in every if isinstance(value, Tensor)]

    def _everything(self) -> list[Tensor]:
        return [*(tensor.detach().clone() for tensor in self._tensors()), self._recorder.random_state()]

    @torch.no_grad()
    def _restore(self, everything: list[Tensor]) -> None:
        for tensor, value in zip(self._tensors(), everything[:-1], strict=True):
            tensor.copy_(value)
        self._recorder.set_random_state(everything[-1])


def same_bits(one: Tensor, other: Tensor) -> bool:
    """Also where both are NaN."""
    return torch.equal(one, other) or (
        torch.equal(one.isnan(), other.isnan()) and torch.equal(one.nan_to_num(), other.nan_to_num())
    )
