"""Whether a finished run had more to learn: what its validation losses say about its end."""

from tui_lab.protocol.view import RunView

_LATE = 0.05  # of the epochs: where the best one must lie
_LAST = 0.2  # of the epochs: over which a gain is looked for
_GAIN = 0.01  # of the loss before
_NOISE = 0.001  # of the loss of a constant prediction: less is no gain, however small the loss is by now


def still_improving(view: RunView) -> bool:
    """Whether the run was ended by its number of epochs or its time limit while its loss was falling."""
    history, best = view.history, view.best
    if view.status != "finished" or best is None or len(history) < 2:
        return False
    waited = history[-1].epoch - best.epoch
    impatient = view.hyper is not None and 0 < view.hyper.patience <= waited
    if impatient or waited > _LATE * len(history):
        return False
    before = min(ended.val_loss for ended in history[: -max(1, int(_LAST * len(history)))])
    gain = before - best.val_loss
    constant = view.model.baseline.get("loss", 0.0) if view.model else 0.0
    return gain > max(_GAIN * abs(before), _NOISE * abs(constant))


def more_epochs(view: RunView) -> int:
    """How many epochs in all such a run is to be given: those it has, or twice as many as it made."""
    asked = view.hyper.epochs if view.hyper else 0
    return asked if view.time_up and asked > view.epochs_done else 2 * view.epochs_done
