"""Some updates outside a run, on a network of one's own."""

from collections.abc import Callable
from contextlib import closing
from math import isfinite

from tui_lab.data.batches import epoch_batches
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.choose import choose_stepper

TOLD_EVERY = 50
"""Updates between two reports of how far it is."""


def train_some(training: Training, steps: int, told: Callable[[int], object] | None = None) -> bool:
    """Make `steps` updates as a run would, over as many epochs as that takes; False if a loss was not finite.

    The training must stand at the start of an epoch, and stands at one afterwards. There is no validation: a
    schedule that waits for a better loss is given that of the training rows. `told` is called now and then
    with the number of updates made; what it raises ends the training.
    """
    rows, last = training.prepared.dataset.train, training.step + steps
    first, most = training.step, steps if told is None else TOLD_EVERY
    stepper = choose_stepper(training)
    while training.step < last:
        training.begin_epoch()
        with closing(epoch_batches(rows, training.sizes, training.order)) as batches:
            while batches.left and training.step < last:
                if not stepper.advance(batches, min(most, last - training.step)):
                    return False
                if told is not None:
                    told(training.step - first)
        losses = training.losses.since(0)
        if not isfinite(sum(losses)):
            return False
        training.end_epoch()
        training.rate.after_epoch(sum(losses) / len(losses))
    return True
