"""Which stepper makes the updates of a run."""

from collections.abc import Sequence

from tui_lab.engine.native.linear_stack import why_not
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.accumulating import AccumulatingStepper
from tui_lab.engine.steppers.by_hand import ByHandStepper, fits
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.engine.steppers.native import NativeStepper


def choose_stepper(training: Training, probed_layers: Sequence[str] | None = None) -> EagerStepper:
    """The fastest for what is in force now; at speed `exact`, of those with the bits of torch's eager step.

    `probed_layers`: measure the update, with these names for the layers.
    """
    hyper = training.hyper
    if probed_layers is None and hyper.speed == "fast" and not why_not(training.prepared, hyper):
        return NativeStepper(training)
    if hyper.accumulate > 1:
        return AccumulatingStepper(training, probed_layers)
    if probed_layers is None and hyper.precision == "fp32" and fits(training):
        return ByHandStepper(training)
    return EagerStepper(training, probed_layers)
