"""How a change of each live hyperparameter is put into force between two steps.

One function each, called once the training's `hyper` holds the new value, with the hyperparameters before;
it returns a note on side effects, if any. A live hyperparameter without one is an error at import.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_lab.data.images.augment import check_augmentation, seeing
from tui_lab.engine.setup.fast_forward import forward_at, speed_note
from tui_lab.engine.setup.precision import backward_in, forward_in, precision_in_force, unavailable
from tui_lab.engine.setup.prepare import plan_batches
from tui_lab.engine.state.lr_schedule import LearningRate
from tui_lab.engine.state.optimizers import configure
from tui_lab.engine.state.weight_average import WeightAverage
from tui_lab.engine.tasks.registry import training_loss
from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import Value, names_where
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.tasks import TASKS
from tui_lab.model.live import check_frozen, freeze

if TYPE_CHECKING:
    from tui_lab.engine.state.training_state import Training

Change = Callable[["Training", Hyperparameters], str | None]


def check_change(training: "Training", name: str, value: Value) -> None:
    """Raise InputError if this run cannot use that value, although it is within its bounds."""
    prepared = training.prepared
    match name:
        case "epochs" if isinstance(value, int) and value <= training.epoch:
            raise InputError(f"epochs: {training.epoch} are already done; x stops the run (given: {value})")
        case "frozen_layers" if isinstance(value, int):
            check_frozen(training.network, value)
        case "transfer_lr_factor" if not training.transferred:
            raise InputError("transfer_lr_factor: this run has no pretrained weights")
        case "dropout" if not training.dropouts:
            raise InputError("dropout: this network has no dropout layer that uses it")
        case "label_smoothing" if TASKS[prepared.experiment.task].numeric:
            raise InputError("label_smoothing: only for classification; this run is a regression")
        case "batch_size" | "accumulate":
            plan_batches(prepared, training.hyper.model_copy(update={name: value}))
        case "flip" | "rotation" | "crop" | "color_jitter":
            check_augmentation(prepared.dataset.train, name)


def _nothing(training: "Training", old: Hyperparameters) -> None:
    """Read from the hyperparameters wherever it is used."""


def _lr(training: "Training", old: Hyperparameters) -> None:
    training.rate.rescale(old.lr, training.hyper.lr)


def _transfer_lr(training: "Training", old: Hyperparameters) -> None:
    training.rate.hold_back(training.hyper.transfer_lr_factor)


def _optimizer(training: "Training", old: Hyperparameters) -> str:
    training.replace_optimizer()
    return "its state is reset"


def _of_optimizer(training: "Training", old: Hyperparameters) -> None:
    configure(training.optimizer, training.hyper)


def _schedule(training: "Training", old: Hyperparameters) -> str:
    training.rate = LearningRate(
        training.optimizer, training.hyper, training.epochs_left, training.steps_left
    )
    return "the schedule starts now, over the rest of the run"


def _of_schedule(training: "Training", old: Hyperparameters) -> None:
    training.rate.retune(training.hyper)


def _epochs(training: "Training", old: Hyperparameters) -> None:
    training.rate.stretch(training.hyper, training.epochs_left, training.steps_left)


def _batches(training: "Training", old: Hyperparameters) -> str:
    """Only before the first step of an epoch."""
    training.sizes, warnings = plan_batches(training.prepared, training.hyper)
    training.rate.stretch(training.hyper, training.epochs_left, training.steps_left)
    return "; ".join(warnings)


def _label_smoothing(training: "Training", old: Hyperparameters) -> None:
    task = training.prepared.experiment.task
    training.criterion = training_loss(task, training.hyper.label_smoothing)


def _frozen_layers(training: "Training", old: Hyperparameters) -> None:
    freeze(training.network, training.hyper.frozen_layers)


def _ema_decay(training: "Training", old: Hyperparameters) -> str:
    decay = training.hyper.ema_decay
    if not decay:
        training.average = None
        return "the average is dropped: from now on the weights themselves are validated"
    if training.average is None:
        training.average = WeightAverage(training.network, decay)
        return "the average starts from the current weights"
    training.average.decay = decay
    return ""


def _precision(training: "Training", old: Hyperparameters) -> str:
    """Also for the speed: both decide how the network computes."""
    prepared, hyper = training.prepared, training.hyper
    precision = precision_in_force(hyper)
    training.forward = forward_in(precision, forward_at(hyper.speed, prepared), prepared.device)
    training.backward = backward_in(precision, prepared.device)
    return unavailable(hyper.precision, prepared.device)


def _speed(training: "Training", old: Hyperparameters) -> str:
    _precision(training, old)
    return speed_note(training.prepared, training.hyper)


def _augmentation(training: "Training", old: Hyperparameters) -> None:
    training.see = seeing(training.prepared.dataset.train, training.hyper)


def _dropout(training: "Training", old: Hyperparameters) -> None:
    for layer in training.dropouts:
        layer.p = training.hyper.dropout


CHANGES: dict[str, Change] = {
    "lr": _lr,
    "transfer_lr_factor": _transfer_lr,
    "optimizer": _optimizer,
    **dict.fromkeys(("momentum", "beta2", "weight_decay"), _of_optimizer),
    "schedule": _schedule,
    **dict.fromkeys(("gamma", "step_size"), _of_schedule),
    "epochs": _epochs,
    **dict.fromkeys(("batch_size", "accumulate"), _batches),
    "label_smoothing": _label_smoothing,
    "frozen_layers": _frozen_layers,
    "ema_decay": _ema_decay,
    "precision": _precision,
    "speed": _speed,
    **dict.fromkeys(("flip", "rotation", "crop", "color_jitter"), _augmentation),
    "dropout": _dropout,
    **dict.fromkeys(("grad_clip", "patience", "max_minutes"), _nothing),
}


AT_START = ("label_smoothing", "frozen_layers", "flip", "dropout", "ema_decay", "precision")
"""What a new or restored training puts into force beside its optimizer; `flip` for all augmentation."""


def check_complete(live: tuple[str, ...], changes: dict[str, Change]) -> None:
    """Raise TypeError unless there is a change for each live hyperparameter, and for nothing else."""
    if wrong := set(live) ^ set(changes):
        raise TypeError(f"live hyperparameters without a change, or the reverse: {', '.join(sorted(wrong))}")


check_complete(names_where(lambda knob: knob.live), CHANGES)
