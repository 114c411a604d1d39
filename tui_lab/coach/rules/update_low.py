"""Steps so small that the weights hardly move."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, mean, one_digit

LOWEST, GOOD = 1.5e-4, 1e-3
MEASURED = 3
LEARNT = 0.5


def look(signs: Signs) -> Finding | None:
    ratios = signs.ratios(MEASURED)
    if not ratios or max(ratios) >= LOWEST or min(ratios) <= 0 or not signs.train:
        return None
    if mean(signs.train[-3:]) < LEARNT * signs.baseline or signs.lr[-1] < 0.3 * signs.hyper.lr:
        return None
    ratio = sorted(ratios)[len(ratios) // 2]
    return Finding(
        evidence=f"a step changes the weights by {figure(ratio)} of their size; about 0.001 is usual, and "
        f"the training loss is {figure(signs.train[-1])}, not far below {figure(signs.baseline)}, the "
        f"baseline",
        epochs=(signs.layers[-MEASURED].epoch, signs.layers[-1].epoch),
        edits=(("lr", one_digit(signs.hyper.lr * min(GOOD / ratio, 100))),),
        watch="both losses should fall several times as fast",
    )


RULE = Rule(
    "update_low",
    "updates too small",
    f"In the last {MEASURED} measurements, over at least two epochs, the median over the layers of update to "
    f"weight is below {LOWEST:g}, while the training loss is above {LEARNT:g} of the baseline. Not at "
    f"the end of a schedule.",
    "Karpathy, CS231n and A Recipe for Training Neural Networks: about 1e-3",
    look,
)
