"""Dropout or weight decay so strong that the network cannot fit the training split."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import STRONG_DECAY, Signs, figure, mean, percent
from tui_lab.experiment.catalogue import Value, format_value

EPOCHS = 6
DROPOUT = 0.6
HIGH, FALL = 0.5, 0.03


def look(signs: Signs) -> Finding | None:
    hyper = signs.hyper
    edits: list[tuple[str, Value]] = []
    if hyper.dropout >= DROPOUT:
        edits.append(("dropout", 0.2))
    if signs.shrunk:
        edits.append(("weight_decay", 0.0001))
    if not edits or signs.count < EPOCHS:
        return None
    window = signs.train[-EPOCHS:]
    before, now = mean(window[: EPOCHS // 2]), mean(window[EPOCHS // 2 :])
    if now < HIGH * signs.baseline or before - now > FALL * before:
        return None
    what = " and ".join(f"{name} is {format_value(getattr(hyper, name))}" for name, _ in edits)
    return Finding(
        evidence=f"{what}, and the training loss stays at {figure(now)}, {percent(now / signs.baseline)} of "
        f"the baseline",
        epochs=signs.epochs(EPOCHS),
        edits=tuple(edits),
        watch="the training loss should fall at once; if validation then rises, half of it was right",
    )


RULE = Rule(
    "regularised",
    "regularised too much",
    f"Dropout is at least {DROPOUT:g}, or weight decay at least {STRONG_DECAY:g}, and over {EPOCHS} epochs "
    f"the training loss stays above {HIGH:g} of the baseline and falls by less than {percent(FALL)}.",
    "UMLAUT (Schoop and others, 2021)",
    look,
)
