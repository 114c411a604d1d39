"""What it takes to look for label errors in a run, told beforehand."""

from dataclasses import dataclass
from math import ceil

from tui_lab.experiment.tasks import TASKS
from tui_lab.protocol.label_errors import FindLabelErrors
from tui_lab.protocol.view import RunView


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """`folds` networks are trained for `epochs` each, on all of `rows` rows but their own fold.

    `steps`: updates of all of them. `seconds`: about how long they take, at the run's own steps a second;
    None if it has no whole epoch. `problems`: why it is not possible, in sentences; empty if it is.
    `trained`: nothing is trained, since the runs of all folds of a cross-validation are there.
    """

    folds: int
    epochs: int
    rows: int
    steps: int
    seconds: float | None
    problems: tuple[str, ...] = ()
    trained: bool = False


def is_of_classes(view: RunView) -> bool:
    """Whether the run predicts classes: only these have labels that can be wrong."""
    return view.experiment is not None and not TASKS[view.experiment.task].numeric


def plan_label_errors(view: RunView, wanted: FindLabelErrors, trained: int = 0) -> LabelPlan:
    """The plan for a run of classes; `trained`: how many folds its cross-validation has, if all are there."""
    data, hyper = view.data, view.hyper
    rows = sum(data.split[name] for name in ("train", "val")) if data else 0
    best = view.best.epoch if view.best else view.epochs_done
    epochs = best if wanted.epochs is None else min(best, wanted.epochs)
    if trained and not wanted.anew:
        problems = _problems(view, FindLabelErrors(trained), best)
        return LabelPlan(trained, 0, rows, 0, None, problems, trained=True)
    folds, problems = wanted.folds, _problems(view, wanted, best)
    batch = hyper.batch_size * hyper.accumulate if hyper else 1
    steps = 0 if problems else folds * epochs * ceil(rows * (folds - 1) / folds / batch)
    pace = _steps_per_second(view)
    return LabelPlan(folds, epochs, rows, steps, steps / pace if pace else None, problems)


def _problems(view: RunView, wanted: FindLabelErrors, best: int) -> tuple[str, ...]:
    if view.data is None or view.experiment is None:
        return ("the run ended before training began; there is nothing to look at",)
    if not is_of_classes(view):
        return ("only classes have labels that can be wrong; the target of this run is a number",)
    if wanted.folds < 2:
        return (f"folds: at least 2 are needed (given: {wanted.folds})",)
    if wanted.epochs is not None and wanted.epochs < 1:
        return (f"epochs of a fold: at least 1 is needed (given: {wanted.epochs})",)
    if best < 1:
        return ("the run has no whole epoch: it is not known how long to train",)
    few = _smallest_class(view)
    if few is not None and few[1] < wanted.folds:
        name, rows = few
        counted = f"{rows} row" if rows == 1 else f"{rows} rows"
        fits = f"use at most {rows} folds" if rows > 1 else "two folds need two rows of each class"
        return (
            f"folds: {wanted.folds} are more than the {counted} of class {name} in the training and "
            f"validation splits; {fits}",
        )
    return ()


def _smallest_class(view: RunView) -> tuple[str, int] | None:
    """The class with fewest rows to look at, of those with any; None if they were not counted."""
    data = view.data
    if data is None or not {"train", "val"} <= data.class_rows.keys():
        return None
    rows = [a + b for a, b in zip(data.class_rows["train"], data.class_rows["val"], strict=True)]
    found = [(name, count) for name, count in zip(data.classes, rows, strict=True) if count]
    return min(found, key=lambda one: one[1], default=None)


def _steps_per_second(view: RunView) -> float | None:
    """Updates a second over the run's whole epochs, with their validation."""
    if not view.history or view.epochs_s <= 0:
        return None
    made = view.history[-1].step - (view.origin.step if view.origin else 0)
    return made / view.epochs_s if made > 0 else None
