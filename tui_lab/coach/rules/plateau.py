"""Neither loss gets better any more, at a rate that never went down."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, mean, one_digit, percent, swing

EPOCHS = 15
SHARE = 0.3
FLAT = 0.02
NOISY = 0.02


def look(signs: Signs) -> Finding | None:
    window = max(EPOCHS, int(SHARE * signs.planned))
    if signs.count < window + 5 or not signs.finite or signs.hyper.schedule != "constant":
        return None
    train, val = signs.train[-window:], signs.val[-window:]
    half = window // 2
    flat = all(abs(mean(v[half:]) - mean(v[:half])) < FLAT * mean(v) for v in (train, val))
    best = min(signs.val[:-window])
    val_swing = swing(val)
    if mean(train) < 0.5 * mean(val):  # it overfits: a lower rate does not help against that
        return None
    if not flat or min(val) < best * (1 - FLAT) or val_swing < max(NOISY, signs.noise / 2):
        return None
    return Finding(
        evidence=f"for {window} epochs both losses have changed by less than {percent(FLAT)}, with "
        f"validation swinging by {percent(val_swing)} around {figure(mean(val))}, and the learning rate has "
        f"never been lowered",
        epochs=signs.epochs(window),
        edits=(("lr", one_digit(signs.hyper.lr / 5)),),
        watch="both losses should take a step down within a few epochs",
    )


RULE = Rule(
    "plateau",
    "plateau",
    f"Over {EPOCHS} epochs, or {percent(SHARE)} of the run, both losses change by less than {percent(FLAT)} "
    f"while validation swings from epoch to epoch, at a constant learning rate.",
    "mltrackr; vigil; torch's ReduceLROnPlateau",
    look,
)
