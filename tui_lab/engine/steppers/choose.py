"""Which stepper makes the updates of a run."""

from collections.abc import Callable, Sequence

from tui_lab.engine.native.stack import why_not
from tui_lab.engine.state.step_losses import LatchedLosses
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.accumulating import AccumulatingStepper
from tui_lab.engine.steppers.by_hand import ByHandStepper, fits
from tui_lab.engine.steppers.captured import EAGER, CapturedStepper
from tui_lab.engine.steppers.cuda_graphs import CudaGraphs
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.engine.steppers.in_ranks import RanksStepper
from tui_lab.engine.steppers.native import NativeStepper

Chooser = Callable[[Training, Sequence[str] | None], EagerStepper]
"""What `choose_stepper` is."""


def choose_stepper(training: Training, probed_layers: Sequence[str] | None = None) -> EagerStepper:
    """The fastest for what is in force now; at speed `exact`, of those with the bits of torch's eager step.

    `probed_layers`: measure the update, with these names for the layers.
    """
    hyper = training.hyper
    if training.prepared.ranks.many:
        return RanksStepper(training, probed_layers)
    if probed_layers is None and hyper.speed == "fast" and not why_not(training.prepared, hyper):
        return NativeStepper(training)
    if probed_layers is None and training.prepared.device.type == "cuda":
        return _on_gpu(training)
    if hyper.accumulate > 1:
        return AccumulatingStepper(training, probed_layers)
    if probed_layers is None and hyper.precision == "fp32" and fits(training):
        return ByHandStepper(training)
    return EagerStepper(training, probed_layers)


def _on_gpu(training: Training) -> EagerStepper:
    """A recorded one, unless there is something that cannot be recorded."""
    hyper, prepared, losses = training.hyper, training.prepared, training.losses
    if not isinstance(losses, LatchedLosses):
        reason = f"torch has no fused {hyper.optimizer} for a GPU"
    elif prepared.experiment.model.source == "module":
        reason = "user code may do something else in every update"
    elif hyper.accumulate > 1:
        reason = "each is made of several batches"
    elif training.see not in (None, prepared.dataset.train.inputs):
        reason = "augmentation draws from the CPU's random numbers"
    else:
        return CapturedStepper(training, losses, CudaGraphs(prepared.device))
    stepper = AccumulatingStepper(training) if hyper.accumulate > 1 else EagerStepper(training)
    stepper.note = EAGER.format(reason)
    return stepper
