"""Each step changes the weights by a large part of themselves."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, one_digit

HIGHEST, GOOD = 0.016, 0.005
MEASURED = 4
LEARNING = 0.8


def look(signs: Signs) -> Finding | None:
    ratios = signs.ratios(MEASURED)
    if not ratios or min(ratios) <= HIGHEST or signs.shrunk:
        return None
    if signs.count > 3 and signs.val[-1] < LEARNING * signs.val[-4]:
        return None
    ratio = sorted(ratios)[len(ratios) // 2]
    return Finding(
        evidence=f"a step changes the weights by {figure(ratio)} of their size; about 0.001 is usual",
        epochs=(signs.layers[-MEASURED].epoch, signs.layers[-1].epoch),
        edits=(("lr", one_digit(signs.hyper.lr * max(GOOD / ratio, 1e-3))),),
        watch="both losses should fall, and swing less, within a few epochs",
    )


RULE = Rule(
    "update_high",
    "updates too large",
    f"In the last {MEASURED} measurements, over at least two epochs, the median over the layers of update to "
    f"weight is above {HIGHEST:g}, and validation has not fallen by a fifth in three epochs.",
    "Karpathy, CS231n and A Recipe for Training Neural Networks: about 1e-3",
    look,
)
