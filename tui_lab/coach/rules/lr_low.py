"""The training loss falls steadily, but far too slowly."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, falling, figure, mean, one_digit, percent

EPOCHS = 8
SHARE = 0.05
HIGH = 0.6
REACHED = 0.5
SLOW = 0.3
SLOWER = 2.5
"""A run that was so many times faster before is near its floor."""
STEADY = 0.75


def look(signs: Signs) -> Finding | None:
    window = max(EPOCHS, min(signs.count, signs.planned // 10))
    if signs.count < max(window, SHARE * signs.planned) or not signs.finite:
        return None
    train = signs.train[-window:]
    third = window // 3
    before, now = mean(train[:third]), mean(train[-third:])
    fall = (before - now) / (window - third)
    steady = min(falling(train), falling(signs.val[-window:]))
    if now < HIGH * signs.baseline or fall <= 0 or steady < STEADY or fall > 0.02 * signs.baseline:
        return None
    needed = (now - REACHED * signs.baseline) / fall
    if needed < SLOW * signs.planned or signs.train[0] - now > SLOWER * fall * (signs.count - 1):
        return None
    if signs.lr[-1] < 0.3 * signs.hyper.lr:
        return None
    return Finding(
        evidence=f"the losses fall in {percent(steady)} of the last {window} epochs, but only by "
        f"{figure(fall)} each: to get to half of the baseline ({figure(signs.baseline)}) takes {needed:,.0f} "
        f"more epochs",
        epochs=signs.epochs(window),
        edits=(("lr", one_digit(signs.hyper.lr * 10)),),
        watch="the training loss should fall several times as fast, and stay smooth",
    )


RULE = Rule(
    "lr_low",
    "learning rate too low",
    f"Over at least {EPOCHS} epochs both losses fall in most of them, as fast as ever, but at this pace the "
    f"training loss needs more than {percent(SLOW)} of the run to get to {REACHED:g} of the baseline.",
    "aiforge; Karpathy",
    look,
)
