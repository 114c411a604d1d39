"""What to do after a run has ended: train longer if it was still improving, lower lr if it diverged."""

from collections.abc import Iterable

from tui_lab.experiment.catalogue import format_value
from tui_lab.experiment.presets import Preset
from tui_lab.protocol.view import RunView

_LATE = 0.05  # fraction of the epochs: where the best one must be
_LAST = 0.2  # fraction of the epochs over which improvement is measured
_GAIN = 0.01  # fraction of the earlier loss
_NOISE = 0.001  # fraction of the baseline loss: less is no improvement, however small the loss is by now


def still_improving(view: RunView) -> bool:
    """Whether the run ended at its number of epochs or time limit while its loss was still falling."""
    history, best = view.history, view.best
    if view.status != "finished" or best is None or len(history) < 2:
        return False
    waited = history[-1].epoch - best.epoch
    impatient = view.hyper is not None and 0 < view.hyper.patience <= waited
    if impatient or waited > _LATE * len(history):
        return False
    before: float = min(history.column("val_loss")[: -max(1, int(_LAST * len(history)))])
    gain = before - best.val_loss
    constant = view.model.baseline.get("loss", 0.0) if view.model else 0.0
    return gain > max(_GAIN * abs(before), _NOISE * abs(constant))


def more_epochs(view: RunView) -> int:
    """The total number of epochs to suggest for such a run: its own, or twice as many as it has done."""
    asked = view.hyper.epochs if view.hyper else 0
    return asked if view.time_up and asked > view.epochs_done else 2 * view.epochs_done


def after_divergence(view: RunView, presets: Iterable[Preset]) -> str:
    """What to do about a run that diverged at a higher learning rate than its preset's; otherwise empty.

    The run itself only knows the learning rate it began with.
    """
    asked, hyper = view.experiment, view.hyper
    if view.status != "diverged" or asked is None or hyper is None:
        return ""
    usual = next((preset.hyperparameters.lr for preset in presets if preset.made(asked)), hyper.lr)
    if usual >= hyper.lr:
        return ""
    return f"lower lr from {format_value(hyper.lr)} to the preset's {format_value(usual)}"
