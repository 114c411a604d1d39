"""A run as the chart shows it: x in epochs, training loss by step, validation loss by epoch."""

from tui_lab.protocol.view import RunView
from tui_lab.tui.chart import Baseline, ChartData, Mark, Series


def chart_data(view: RunView | None, hint: str, log_y: bool = False) -> ChartData:
    """What is to be drawn of a run; `hint` is read while there is no point."""
    if view is None or view.model is None:
        return ChartData(hint=hint, x_label="epoch", log_y=log_y)
    steps = view.steps_per_epoch or 1
    train = Series(
        "training",
        [step / steps for step, _ in view.step_losses],
        [loss for _, loss in view.step_losses],
        "train",
    )
    val = Series(
        "validation",
        [ended.step / steps for ended in view.history],
        [ended.val_loss for ended in view.history],
        "val",
    )
    best = view.best
    marks = () if best is None else (Mark(best.step / steps, f"best {best.epoch}", best.val_loss),)
    level = view.model.baseline.get("loss")
    return ChartData(
        series=(train, val),
        marks=marks,
        baseline=None if level is None else Baseline(level, "baseline"),
        x_label="epoch",
        log_y=log_y,
        hint=hint,
    )
