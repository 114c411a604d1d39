"""The losses swing from epoch to epoch without falling, or stay far above the baseline."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, mean, one_digit, percent, swing

EPOCHS = 8
SWING = 0.1
TURNS = 0.4
HIGH = 0.25
WORSE, SINCE = 3.0, 6
"""Times the baseline, for so many epochs."""


def look(signs: Signs) -> Finding | None:
    return _swinging(signs) or _worse(signs)


def _worse(signs: Signs) -> Finding | None:
    losses = signs.train[-SINCE:] + signs.val[-SINCE:]
    if signs.count < SINCE or not signs.finite or min(losses) < WORSE * signs.baseline:
        return None
    return Finding(
        evidence=f"for {SINCE} epochs both losses have been more than {WORSE:g} times the baseline, "
        f"{figure(signs.baseline)}; validation is at {figure(signs.val[-1])}",
        epochs=signs.epochs(SINCE),
        edits=(("lr", one_digit(signs.hyper.lr / 10)),),
        watch="the loss should fall below the baseline; if it does not, start again with that rate",
    )


def _swinging(signs: Signs) -> Finding | None:
    if signs.count < EPOCHS or not signs.finite:
        return None
    train, val = signs.train[-EPOCHS:], signs.val[-EPOCHS:]
    half = EPOCHS // 2
    level = mean(train)
    if mean(train[half:]) < 0.95 * mean(train[:half]) or level < HIGH * signs.baseline:
        return None
    train_swing, val_swing = swing(train), swing(val)
    turns = sum((b - a) * (c - b) < 0 for a, b, c in zip(train, train[1:], train[2:], strict=False))
    if train_swing < SWING or val_swing < max(SWING, signs.noise) or turns < TURNS * (EPOCHS - 2):
        return None
    return Finding(
        evidence=f"over {EPOCHS} epochs the training loss swings by {percent(train_swing)} of itself from "
        f"one to the next, validation by {percent(val_swing)}, and neither falls",
        epochs=signs.epochs(EPOCHS),
        edits=(("lr", one_digit(signs.hyper.lr / 10)),),
        watch="the curves should get smooth, and the training loss fall below " + figure(min(train)),
    )


RULE = Rule(
    "lr_high",
    "learning rate too high",
    f"Over {EPOCHS} epochs the training loss does not fall, turns at least {percent(TURNS)} of the time, and "
    f"swings by more than {percent(SWING)} of itself, validation too and by more than its noise; or for "
    f"{SINCE} epochs both losses are more than {WORSE:g} times the baseline.",
    "aiforge; AutoTrainer; TheDeepChecker (their thresholds gave false alarms on noisy, healthy curves)",
    look,
)
