"""The network does no better than the baseline."""

from statistics import median

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure

EPOCHS = 8
SHARE = 0.25
NEAR = 0.95
LEARNT = 0.5


def look(signs: Signs) -> Finding | None:
    window = max(EPOCHS, min(signs.count, int(SHARE * signs.planned)))
    if signs.count < window or not signs.finite:
        return None
    train, val = median(signs.train[-window:]), median(signs.val[-window:])
    if val < NEAR * signs.baseline or min(signs.val) < (NEAR - signs.noise) * signs.baseline:
        return None
    best = signs.view.best
    if best is not None and best.val_loss < (NEAR - signs.noise) * signs.baseline:  # it was, once
        return None
    if train < LEARNT * signs.baseline:
        return None
    if signs.train[-1] < 0.98 * signs.train[-window] and train > 0.9 * signs.baseline:
        return None
    return Finding(
        evidence=f"over {window} epochs the validation loss is {figure(val)}, where the baseline is "
        f"{figure(signs.baseline)}; training is at {figure(train)}",
        epochs=signs.epochs(window),
        instead="check that the inputs say something about the target; then a wider network or other inputs",
        watch="validation loss below the baseline by more than its noise",
    )


RULE = Rule(
    "underfitting",
    "underfitting",
    f"Over {EPOCHS} epochs, or {SHARE:.0%} of the run, the validation loss stays within 5 % of the "
    f"baseline or above it, and never was clearly below; the training loss is above {LEARNT:g} of it.",
    "aiforge; Karpathy: no better with real inputs than with zeros",
    look,
)
