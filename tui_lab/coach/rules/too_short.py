"""The run ends while it is still getting better."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, mean, percent, relative

LATE = 0.9
FALL = 0.05
LEAST = 0.02


def look(signs: Signs) -> Finding | None:
    if signs.done < LATE * signs.planned or signs.done > signs.planned or signs.count < 3:
        return None
    if signs.view.status in ("stopped", "failed", "diverged") or not signs.finite:
        return None
    window = min(signs.count // 3, max(4, signs.planned // 8))
    late, before = signs.val[-window:], signs.val[-2 * window : -window]
    fall = relative(mean(before) - mean(late), mean(before))
    train = relative(
        mean(signs.train[-2 * window : -window]) - mean(signs.train[-window:]), mean(signs.train[-window:])
    )
    if signs.count - 1 - signs.best > max(1, window // 2) or min(fall, train) < max(FALL, signs.noise):
        return None
    if fall * mean(before) < LEAST * signs.baseline:
        return None
    return Finding(
        evidence=f"in the last {window} of {signs.planned} epochs the validation loss was still "
        f"{percent(fall)} below that of as many epochs before",
        epochs=signs.epochs(2 * window),
        edits=(("epochs", 2 * signs.planned),),
        watch="stop once validation has not improved for a while (patience does that)",
    )


RULE = Rule(
    "too_short",
    "too few epochs",
    f"In the last tenth of the epochs, validation and training loss are both more than {percent(FALL)} below "
    f"those of as many epochs before, and the best epoch is one of the last.",
    "Google, Deep Learning Tuning Playbook: the best step is in the last 25 %",
    look,
)
