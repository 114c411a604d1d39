"""The network does worse than a linear model of the same inputs."""

from statistics import median

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, falling, figure, one_digit, percent

EPOCHS = 8
SHARE = 0.25
STEADY = 0.75
ABOVE = 0.05
"""Both losses are higher than those of the linear model by more than that."""


def look(signs: Signs) -> Finding | None:
    linear = signs.view.linear
    window = max(EPOCHS, int(SHARE * signs.planned))
    if linear is None or signs.count < window or not signs.finite:
        return None
    train, val = median(signs.train[-EPOCHS:]), min(signs.val)
    if train < linear.train_loss * (1 + ABOVE) or val < linear.val_loss * (1 + max(ABOVE, signs.noise / 2)):
        return None
    fall = (median(signs.train[-window:][:EPOCHS]) - train) / max(1, window - EPOCHS)
    if fall * (signs.planned - signs.done) > train - linear.train_loss:  # it will get there
        return None
    return Finding(
        evidence=f"after {signs.done} epochs the best validation loss is {figure(val)} and the training loss "
        f"{figure(train)}; {linear.about} has {figure(linear.val_loss)} and {figure(linear.train_loss)}",
        epochs=signs.epochs(window),
        edits=(("lr", one_digit(3 * signs.hyper.lr)),) if _is_slow(signs, window) else (),
        instead="a wider network, above all where its narrowest layer is; more epochs if the "
        "losses still fall",
        watch="a validation loss below that of the linear model; a network with no hidden layer is one",
    )


def _is_slow(signs: Signs, window: int) -> bool:
    """Whether the losses fall, but slowly: then the rate is too low as well."""
    constant = signs.lr[-1] > 0.9 * signs.hyper.lr
    return constant and min(falling(signs.train[-window:]), falling(signs.val[-window:])) >= STEADY


RULE = Rule(
    "below_linear",
    "below the linear model",
    f"After {EPOCHS} epochs and {percent(SHARE)} of the run, the training loss and the best validation loss "
    f"are both more than {percent(ABOVE)} above those of a linear model on the same split, validation by "
    f"more than half its noise, and at this pace training does not get there by the end.",
    "aiforge: worse than the linear model on the same split",
    look,
)
