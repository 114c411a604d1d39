"""The best epoch is long past."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, mean

EPOCHS = 60
SHARE = 0.25


def look(signs: Signs) -> Finding | None:
    view = signs.view
    if view.best is None or signs.done < EPOCHS or signs.hyper.patience or not signs.finite:
        return None
    if view.best.epoch > SHARE * signs.done or signs.done < 0.3 * signs.planned:
        return None
    if mean(signs.val[-10:]) < view.best.val_loss * (1 + signs.noise):
        return None
    waited = signs.done - view.best.epoch
    return Finding(
        evidence=f"the best epoch was {view.best.epoch}, with a validation loss of "
        f"{figure(view.best.val_loss)}; the {waited} since then are above it",
        epochs=(view.best.epoch, signs.done),
        edits=(("patience", max(10, 2 * view.best.epoch)),),
        watch="the run ends; the best epoch is tested and kept either way",
    )


RULE = Rule(
    "too_long",
    "too many epochs",
    f"After {EPOCHS} epochs the best one was in the first {SHARE:.0%} of them, validation is above it by "
    f"more than its noise, and nothing would stop the run.",
    "Google, Deep Learning Tuning Playbook: the best step is in the first 10 %",
    look,
)
