"""Some updates outside a run, on a network of one's own."""

from contextlib import closing
from math import isfinite

from tui_lab.data.batches import epoch_batches
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.choose import choose_stepper


def train_some(training: Training, steps: int) -> bool:
    """Make `steps` updates as a run would, over as many epochs as that takes; False if a loss was not finite.

    The training must stand at the start of an epoch, and stands at one afterwards.
    """
    rows, last = training.prepared.dataset.train, training.step + steps
    stepper = choose_stepper(training)
    while training.step < last:
        training.begin_epoch()
        with closing(epoch_batches(rows, training.sizes, training.order)) as batches:
            while batches.left and training.step < last:
                if not stepper.advance(batches, last - training.step):
                    return False
        if not isfinite(sum(training.losses.since(0))):
            return False
        training.end_epoch()
    return True
