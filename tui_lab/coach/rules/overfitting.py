"""Validation gets worse while training still gets better."""

from statistics import median

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, percent

EPOCHS = 5
RISE = 0.15
LEAST = 0.02
FALL = 0.1


def look(signs: Signs) -> Finding | None:
    if signs.count < 2 * EPOCHS or not signs.finite:
        return None
    best = signs.best
    after = signs.count - 1 - best
    if after < max(EPOCHS, best // 5):
        return None
    lowest = median(signs.val[max(0, best - 2) : best + 3])
    val, train = median(signs.val[-EPOCHS:]), median(signs.train[-EPOCHS:])
    then = median(signs.train[max(0, best - 2) : best + 3])
    rise = (val - lowest) / lowest if lowest > 0 else 0.0
    if (
        rise < max(RISE, signs.noise)
        or val - lowest < LEAST * signs.baseline
        or train > (1 - FALL) * then
        or train > val
    ):
        return None
    since, ever = signs.first + best, signs.view.best
    if ever is not None and signs.since < ever.epoch < since:  # longer ago than the epochs that are looked at
        since, lowest = ever.epoch, ever.val_loss
        rise = (val - lowest) / lowest if lowest > 0 else 0.0
    waited = signs.done - since
    return Finding(
        evidence=f"since epoch {since} the validation loss has risen by {percent(rise)}, from "
        f"{figure(lowest)} to {figure(val)}, while training fell from {figure(then)} to {figure(train)}",
        epochs=(since, signs.done),
        edits=() if signs.hyper.patience else (("patience", waited + EPOCHS),),
        instead="nothing now: the best epoch is kept. In the next run more rows, dropout or fewer units",
        watch="the run stops unless validation turns; the best epoch is tested, and kept in any case",
    )


RULE = Rule(
    "overfitting",
    "overfitting",
    f"For at least {EPOCHS} epochs since the best one, validation is above it by more than {percent(RISE)} "
    f"and more than its noise, while the training loss fell by more than {percent(FALL)}. Medians of "
    f"{EPOCHS} epochs are compared.",
    "aiforge; Amazon SageMaker Debugger; Keras",
    look,
)
