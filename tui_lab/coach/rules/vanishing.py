"""The gradient fades on its way to the first layers."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, mean, weighted
from tui_lab.experiment.catalogue import Value

RATIO = 1e-3
MEASURED = 3
LEARNT = 0.9


def look(signs: Signs) -> Finding | None:
    recent = signs.persistent(MEASURED)
    if not recent or not signs.val or signs.hyper.frozen_layers or signs.shrunk:
        return None
    layers = [weighted(measured) for measured in recent]
    if min(map(len, layers)) < 3 or mean(signs.val[-3:]) < LEARNT * signs.baseline:
        return None
    ratios = [
        one[0].gradient / one[0].weight / (one[-1].gradient / one[-1].weight or 1e-30) for one in layers
    ]
    if max(ratios) >= RATIO:
        return None
    squashing = signs.hyper.activation in ("sigmoid", "tanh")
    edits: tuple[tuple[str, Value], ...] = (
        (("activation", "relu"),) if squashing else (("batch_norm", True),) * (not signs.hyper.batch_norm)
    )
    return Finding(
        evidence=f"relative to its weights, the gradient of layer {layers[-1][0].layer} is "
        f"{figure(ratios[-1])} times that of the last one, and the loss is still near "
        f"{figure(signs.baseline)}, the baseline",
        epochs=(recent[0].epoch, recent[-1].epoch),
        edits=edits,
        instead="fewer layers, or another initialisation",
        watch="the gradient of the first layer (. for one step), and a loss that falls from the first epoch",
    )


RULE = Rule(
    "vanishing",
    "vanishing gradient",
    f"In the last {MEASURED} measurements the gradient of the first layer, relative to its weights, is below "
    f"{RATIO:g} of that of the last layer, and the validation loss is above {LEARNT:g} of the "
    f"baseline.",
    "Amazon SageMaker Debugger; AutoTrainer",
    look,
)
