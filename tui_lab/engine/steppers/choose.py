"""Which stepper makes the updates of a run."""

from collections.abc import Sequence

from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.accumulating import AccumulatingStepper
from tui_lab.engine.steppers.by_hand import ByHandStepper, fits
from tui_lab.engine.steppers.eager import EagerStepper


def choose_stepper(training: Training, probed_layers: Sequence[str] | None = None) -> EagerStepper:
    """The fastest that gives the same bits as torch's eager step for what is in force now.

    `probed_layers`: measure the update, with these names for the layers.
    """
    if training.hyper.accumulate > 1:
        return AccumulatingStepper(training, probed_layers)
    if probed_layers is None and training.hyper.precision == "fp32" and fits(training):
        return ByHandStepper(training)
    return EagerStepper(training, probed_layers)
