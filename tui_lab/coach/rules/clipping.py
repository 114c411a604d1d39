"""Nearly every gradient is cut to a small part of itself."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, norm, one_digit, percent

SHARE = 0.5
FACTOR = 5.0
MEASURED = 3
LARGEST = 1e5
"""Beyond that a limit is no cure."""
ADAPTIVE = ("adam", "adamw")


def look(signs: Signs) -> Finding | None:
    clip, measured = signs.hyper.grad_clip, signs.layers
    if not clip or len(measured) < MEASURED or signs.hyper.optimizer in ADAPTIVE:
        return None
    norms = sorted(map(norm, measured))
    clipped = sum(value > clip for value in norms) / len(norms)
    middle, ninth = norms[len(norms) // 2], norms[int(0.9 * (len(norms) - 1))]
    if clipped <= SHARE or middle <= FACTOR * clip or ninth > LARGEST:
        return None
    return Finding(
        evidence=f"{percent(clipped)} of the gradients measured were clipped, from a norm of "
        f"{figure(middle)} to {figure(clip)}: in effect the learning rate is {figure(middle / clip)} times "
        f"smaller",
        epochs=(measured[0].epoch, measured[-1].epoch),
        edits=(("grad_clip", one_digit(ninth)),),
        watch="the training loss should fall faster; rare large gradients are still clipped",
    )


RULE = Rule(
    "clipping",
    "clipped too often",
    f"More than {percent(SHARE)} of the gradients measured are clipped, and by a factor of more than "
    f"{FACTOR:g} at their median. Adam divides by the size of the gradient, so it is left out. The limit "
    f"proposed is the 90th percentile of the norms.",
    "Google, Deep Learning Tuning Playbook",
    look,
)
