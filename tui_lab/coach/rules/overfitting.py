"""Validation gets worse while training still gets better."""

from statistics import median

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, percent
from tui_lab.experiment.catalogue import Value

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
    hyper, edits = signs.hyper, list[tuple[str, Value]]()
    layers = signs.view.model.layers if signs.view.model else ()
    if hyper.dropout < 0.5 and any("dropout" in built.layer for built in layers):
        edits.append(("dropout", min(0.5, round(hyper.dropout + 0.3, 2))))
    if not edits:
        edits.append(("weight_decay", 0.01 if hyper.weight_decay < 0.01 else 0.1))
    return Finding(
        evidence=f"since epoch {signs.first + best} the validation loss has risen by {percent(rise)}, from "
        f"{figure(lowest)} to {figure(val)}, while training fell from {figure(then)} to {figure(train)}",
        epochs=(signs.first + best, signs.done),
        edits=tuple(edits),
        watch="the gap between the curves should shrink; the best epoch so far is kept in any case",
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
