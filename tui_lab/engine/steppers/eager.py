"""One update at a time, as torch runs it without compilation."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext

from torch import Tensor, nn

from tui_lab.data.batches import EpochBatches
from tui_lab.data.dataset import Part
from tui_lab.engine.diagnostics.step_probe import Probe
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.state.step_losses import LatchedLosses
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.device_rates import DeviceRates
from tui_lab.protocol.steering_events import StepProbed


class EagerStepper:
    """Makes updates with the network, optimizer and hyperparameters that are in force when it is created."""

    watchable = True
    """Whether its updates pass through the modules of the network."""

    def __init__(self, training: Training, probed_layers: Sequence[str] | None = None) -> None:
        """`probed_layers`: measure the update, with these names for the layers."""
        self._training = training
        self._network, self._weights = training.forward, list(training.network.parameters())
        self._optimizer, self._rate = training.optimizer, training.rate
        self._criterion, self._losses, self._outputs = training.criterion, training.losses, training.outputs
        self._see, self._clip = training.see, training.hyper.grad_clip
        self._average, self._back = training.average, training.backward
        self._probe = None if probed_layers is None else Probe(training.network, list(probed_layers))
        latched = isinstance(training.losses, LatchedLosses)
        self._device_rates = DeviceRates(training.optimizer, training.prepared.device) if latched else None
        self.after_backward: Callable[[], None] | None = None
        """Called in each update once the gradients are there, before they are clipped."""
        self.note = ""
        """What a person should know about how updates are made; the loop reports it once."""

    def advance(self, batches: EpochBatches, most: int) -> bool:
        """Make up to `most` updates with the next batches, at least one; False as in `step`."""
        return self.step(*batches.take())

    def step(self, x: Tensor, y: Tensor) -> bool:
        """Make one update with a batch; False if its loss is not finite, and then nothing was changed.

        `x`: `(B, ...)` as stored, `y`: `(B,)`. On a GPU a loss that is not finite may be noticed later; the
        updates from there on change no weight.
        """
        if self._device_rates is not None:
            self._device_rates.refresh()
        outputs, loss = self._forward(x if self._see is None else self._see(x), y)
        if not self._losses.accept(loss):
            return False
        self._outputs.add(outputs, y)
        self._apply(loss)
        self._made()
        return True

    def _apply(self, loss: Tensor) -> None:
        """Compute the gradients, and change the weights."""
        self._backward(loss)
        if self._probe is not None:
            self._probe.look(loss)
        if self.after_backward is not None:
            self.after_backward()
        if self._clip:
            nn.utils.clip_grad_norm_(self._weights, self._clip)
        self._update()
        if self._average is not None:
            self._average.update()

    def _made(self, count: int = 1) -> None:
        """Count updates."""
        if self._rate.changes_each_step:
            for _ in range(count):
                self._rate.after_step()
        self._training.step += count
        self._training.position += count

    def _forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The outputs `(B, K)` and the loss `()` of network inputs `(B, ...)`."""
        self._optimizer.zero_grad()
        outputs = self._network(x)
        return outputs, self._criterion(outputs, y)

    def _backward(self, loss: Tensor) -> None:
        """Set the gradient of each weight that learns."""
        self._back(loss)

    def _update(self) -> None:
        """Change each weight that learns by its gradient."""
        with self._device_rates.in_groups() if self._device_rates is not None else nullcontext():
            self._optimizer.step()

    def outputs_of(self, part: Part) -> Tensor:
        """The outputs `(B, K)` for all rows of a split, in evaluation mode."""
        return outputs_of_split(self._training.network, part, self._network)

    def probed(self) -> StepProbed | None:
        """The measurements of the latest update, if it was to be measured."""
        if self._probe is None:
            return None
        return self._probe.tell(self._training.step, self._training.epoch + 1)
