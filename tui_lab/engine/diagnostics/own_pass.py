"""The passes of an update itself, where its network's modules make them: they are only looked at."""

from time import perf_counter

from torch import Tensor, nn

from tui_lab.engine.diagnostics.layer_figures import weights_by_layer
from tui_lab.engine.diagnostics.layer_pass import LayerPass
from tui_lab.engine.state.training_state import Training
from tui_lab.protocol.layer_events import LayersMeasured


class OwnPass(LayerPass):
    """Made before an update, which is made while it is `looking`; then `look_at_gradients` is to be called.

    `seconds`: what the looking took so far. What goes wrong in it does not disturb the update: `compared`
    raises it.
    """

    def __init__(self, training: Training) -> None:
        began = perf_counter()
        before = {
            place: [weight.detach().clone() for weight in weights]
            for place, weights in weights_by_layer(training.network).items()
        }
        super().__init__(training.network, before)
        self._problem: Exception | None = None
        self.seconds = perf_counter() - began

    def look_at_gradients(self) -> None:
        """The gradients are there, and not clipped yet."""
        began = perf_counter()
        try:
            self._take_gradients()
        except Exception as error:
            self._problem = error
        self.seconds += perf_counter() - began

    def _describe(self, place: int, module: nn.Module, output: Tensor) -> None:
        began = perf_counter()
        try:
            super()._describe(place, module, output)
        except Exception as error:
            self._problem = error
        self.seconds += perf_counter() - began

    def compared(self, training: Training) -> LayersMeasured:
        if self._problem is not None:
            raise self._problem
        return super().compared(training)
