"""Units of a sigmoid or tanh that sit at one of its ends, where its slope is nearly 0."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, one_digit, percent
from tui_lab.experiment.catalogue import Value

SHARE = 0.5
MEASURED = 3


def look(signs: Signs) -> Finding | None:
    found = signs.held(SHARE, lambda layer: layer.saturated, MEASURED)
    if found is None:
        return None
    name, share = found
    scaled = signs.hyper.init == "xavier_uniform"
    edits: tuple[tuple[str, Value], ...] = (
        (("lr", one_digit(signs.hyper.lr / 10)),) if scaled else (("init", "xavier_uniform"),)
    )
    return Finding(
        evidence=f"{percent(share)} of the units of layer {name} are at an end of "
        f"{signs.hyper.activation} for nearly every row, where its slope is 0",
        epochs=(signs.layers[-MEASURED].epoch, signs.layers[-1].epoch),
        edits=edits,
        watch="the saturated share of that layer should stay below a half",
    )


RULE = Rule(
    "saturated",
    "saturated units",
    f"In the last {MEASURED} measurements more than {percent(SHARE)} of the units of a sigmoid or tanh layer "
    f"lie within 0.05 of its ends for more than 85 % of the rows.",
    "TheDeepChecker",
    look,
)
