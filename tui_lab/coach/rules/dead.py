"""Units of a ReLU that are 0 for nearly every row: no gradient reaches them any more."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, one_digit, percent

SHARE = 0.5
MEASURED = 3


def look(signs: Signs) -> Finding | None:
    found = signs.held(SHARE, lambda layer: layer.dead, MEASURED)
    if found is None or signs.shrunk:
        return None
    name, share = found
    edits = [("lr", one_digit(signs.hyper.lr / 10))] if signs.hyper.lr > 1e-3 else []
    relu = signs.hyper.activation == "relu"
    return Finding(
        evidence=f"{percent(share)} of the units of layer {name} are 0 for nearly every row",
        epochs=(signs.layers[-MEASURED].epoch, signs.layers[-1].epoch),
        edits=(*edits, *([("activation", "leaky_relu")] if relu else [])),
        instead="a lower learning rate from the start",
        watch="the dead share of that layer should stay below a half (v, or . for one step)",
    )


RULE = Rule(
    "dead",
    "dead units",
    f"In the last {MEASURED} measurements more than {percent(SHARE)} of the units of a layer are 0 on at "
    f"least 90 % of the rows. Half is normal for ReLU; such a layer has hardly anything left to learn with, "
    f"and no edit brings its units back.",
    "TheDeepChecker (Ben Braiek and Khomh, 2023); NeuroScope",
    look,
)
