"""When a run ends by itself: early stopping, the time limit, the last epoch."""

from typing import TYPE_CHECKING

from tui_lab.data.messages import counted
from tui_lab.experiment.catalogue import format_value
from tui_lab.protocol.events import RunEnded

if TYPE_CHECKING:
    from tui_lab.engine.state.training_state import Training


def out_of_patience(training: "Training") -> bool:
    """Whether the validation loss has not improved for as many epochs as `patience` allows."""
    waited = training.epoch - max(training.best.epoch, training.patience_from)
    return 0 < training.hyper.patience <= waited


def out_of_time(training: "Training") -> bool:
    """Whether as much time was spent on whole epochs as `max_minutes` allows."""
    return 0 < 60 * training.hyper.max_minutes <= training.seconds


def renew(training: "Training") -> None:
    """Restart patience and the time limit, where used up, for a run that is resumed."""
    if out_of_patience(training):
        training.patience_from = training.epoch
    if out_of_time(training):
        training.seconds = 0.0


def end_if_done(training: "Training", *, time_was_up: bool) -> bool:
    """End a run that is done after the epoch just validated; returns whether the clock ended it.

    `time_was_up`: the clock ended the run that is being replayed.
    """
    hyper = training.hyper
    if out_of_patience(training):
        waited = counted(hyper.patience, "epoch", "epochs")
        training.end = RunEnded("finished", f"stopped early: validation loss has not improved for {waited}")
    elif training.epoch >= hyper.epochs:
        end_as_complete(training)
    elif time_was_up or out_of_time(training):
        minutes = f"{format_value(hyper.max_minutes)} minute{'' if hyper.max_minutes == 1 else 's'}"
        training.end = RunEnded(
            "finished", f"the time limit was reached: {minutes} of training (max_minutes)"
        )
        return True
    return False


def end_as_complete(training: "Training") -> None:
    """End a run that has trained all its epochs."""
    many = f"all {training.epoch} epochs are done" if training.epoch > 1 else "the only epoch is done"
    training.end = RunEnded("finished", many)
