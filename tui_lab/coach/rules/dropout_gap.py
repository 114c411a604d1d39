"""Training above validation because dropout is on only in training."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, mean

EPOCHS = 6
GAP = 0.1
DROPOUT = 0.3


def look(signs: Signs) -> Finding | None:
    if signs.hyper.dropout < DROPOUT or signs.count < EPOCHS or not signs.finite:
        return None
    train, val = signs.train[-EPOCHS:], signs.val[-EPOCHS:]
    if not all(t > v for t, v in zip(train, val, strict=True)) or mean(train) < (1 + GAP) * mean(val):
        return None
    return Finding(
        evidence=f"training is at {figure(mean(train))}, above validation at {figure(mean(val))}: dropout "
        f"{signs.hyper.dropout:g} is on only in training, so this is expected",
        epochs=signs.epochs(EPOCHS),
        instead="nothing",
        watch="whether both still fall",
    )


RULE = Rule(
    "dropout_gap",
    "training loss above validation",
    f"With dropout of at least {DROPOUT:g}, the training loss is above validation in each of {EPOCHS} "
    f"epochs, by more than {GAP:.0%} on average. An explanation, not an alarm.",
    "UMLAUT",
    look,
    note=True,
)
