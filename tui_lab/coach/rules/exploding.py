"""The gradient is so large that the loss is far above the baseline."""

from statistics import median

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, norm
from tui_lab.experiment.catalogue import Value

LOSS = 5.0
EPOCHS = 3
GROWTH = 10.0
RELATIVE = 1.0


def look(signs: Signs) -> Finding | None:
    if signs.count < EPOCHS or min(signs.val[-EPOCHS:] + signs.train[-EPOCHS:]) < LOSS * signs.baseline:
        return None
    recent = signs.persistent(2)
    if not recent:
        return None
    norms = [norm(measured) for measured in signs.layers]
    largest = max((x.gradient / x.weight for m in recent for x in m.layers if x.weight > 0), default=0.0)
    if norms[-1] < GROWTH * median(norms) and largest < RELATIVE:
        return None
    edits: tuple[tuple[str, Value], ...] = (("grad_clip", 1.0),)
    if signs.hyper.init == "uniform":
        edits = (
            ("init", "default"),
            ("lr", max(signs.hyper.lr, 0.01 if signs.hyper.optimizer == "sgd" else 0.001)),
        )
    elif signs.hyper.grad_clip and signs.hyper.grad_clip <= 1:
        edits = (("lr", signs.hyper.lr / 10),)
    return Finding(
        evidence=f"the gradient's norm is {figure(norms[-1])}, and for {EPOCHS} epochs both losses have been "
        f"more than {LOSS:g} times {figure(signs.baseline)}, the baseline",
        epochs=signs.epochs(EPOCHS),
        edits=edits,
        watch="the loss should fall below the baseline within a few epochs",
    )


RULE = Rule(
    "exploding",
    "exploding gradient",
    f"For {EPOCHS} epochs both losses are more than {LOSS:g} times the baseline, and the gradient is "
    f"larger than the weights of its layer, or more than {GROWTH:g} times its median.",
    "Amazon SageMaker Debugger; AutoTrainer",
    look,
)
