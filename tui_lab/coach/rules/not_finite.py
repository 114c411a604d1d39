"""The loss or a gradient is not a number any more."""

from math import isfinite

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, one_digit

EARLY = 2
"""Epochs: a run that breaks down before them was far off, not just beyond the edge."""
HIGHEST = 0.01
"""The highest rate that is usual, for SGD or Adam."""


def look(signs: Signs) -> Finding | None:
    view = signs.view
    last = view.history.last
    losses = (last.train_loss, last.val_loss) if last else ()
    if view.status != "diverged" and all(map(isfinite, losses)):
        return None
    began = view.experiment.hyperparameters.lr if view.experiment else signs.hyper.lr
    lr = one_digit(min(signs.hyper.lr / (100 if signs.done <= EARLY else 10), HIGHEST))
    if signs.hyper.lr > began:  # it was raised, by an edit: back to what it was
        lr = began
    why = view.message.removeprefix("diverged: ") or "the loss of an epoch is not a finite number"
    return Finding(
        evidence=why,
        epochs=signs.epochs(1),
        edits=(("lr", lr),),
        watch=f"the first epochs should end below {figure(signs.baseline)}, the baseline",
    )


RULE = Rule(
    "not_finite",
    "the loss is not finite",
    "A loss is NaN or infinite, or the run has ended because of that.",
    "every such tool; AutoTrainer (Zhang and others, 2021)",
    look,
)
