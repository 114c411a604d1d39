"""Three checks before training, and what they mean.

After Karpathy, A Recipe for Training Neural Networks (2019).
"""

from dataclasses import dataclass
from math import isfinite, log
from typing import Literal

FEW, MOST_STEPS, MOST_ERROR = 16, 1_000, 0.05
"""Rows to overfit, in at most so many steps, up to this error."""
HIGH_START, LOW_START = 1.5, 0.5
"""A first loss is odd above and below these fractions of what guessing costs."""
USES_INPUTS = 0.95
"""With its inputs, the loss must fall below this fraction of that without them."""


@dataclass(frozen=True, slots=True)
class CheckStart:
    """Run the three checks with new weights. Answered by `StartChecked`."""

    command: Literal["check_start"] = "check_start"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: whether all is well, and what was found, in a sentence or two."""

    name: str
    good: bool
    words: str


@dataclass(frozen=True, slots=True)
class StartChecked:
    """What was measured; losses are means over training rows in evaluation mode, without regularisation.

    `first_loss`: of new weights; `classes`: their number, 0 for a regression, whose target has variance
    `variance`; `pretrained`: the weights are not new. `few_error`: of a network trained for `few_steps` on
    `few` rows only: the fraction that is wrong or, for a regression, that of the variance. `with_inputs` and
    `without_inputs`: after `steps` steps with the inputs as they are, and with zeros in their place. `lr`:
    the learning rate of all.
    """

    lr: float
    first_loss: float
    classes: int
    variance: float
    pretrained: bool
    few: int
    few_steps: int
    few_error: float
    steps: int
    with_inputs: float
    without_inputs: float
    kind: Literal["start_checked"] = "start_checked"

    def findings(self) -> tuple[Finding, Finding, Finding]:
        """The checks, in the order of causes."""
        return self._first(), self._few(), self._inputs()

    def _first(self) -> Finding:
        guess = log(self.classes) if self.classes else self.variance
        known = f"ln {self.classes} = {guess:.4g}" if self.classes else f"the target's variance, {guess:.4g}"
        found = f"The first loss is {self.first_loss:.4g}; guessing costs {known}."
        name = "first loss"
        if self.pretrained:
            return Finding(name, isfinite(self.first_loss), f"{found} The weights are pretrained.")
        if not self.first_loss <= HIGH_START * guess:
            why = "outputs start too large: a smaller initialisation or standardised inputs help"
            return Finding(name, False, f"{found} The network starts sure and wrong: its {why}.")
        if self.first_loss < LOW_START * guess:
            return Finding(name, False, f"{found} Untrained, it is too good: does an input hold the target?")
        return Finding(name, True, found)

    def _few(self) -> Finding:
        if self.classes:
            right = round((1 - self.few_error) * self.few)
            found = f"Trained on {self.few} rows only, it gets {right} right after {self.few_steps:,} steps."
        else:
            left = "undefined" if not isfinite(self.few_error) else f"{self.few_error:.1%}"
            found = f"Trained on {self.few} rows only, {left} of their variance is left"
            found = f"{found} after {self.few_steps:,} steps."
        if self.few_error <= MOST_ERROR:
            return Finding("overfits a few rows", True, found)
        why = (
            f"A network that can learn memorizes {self.few} rows. Is it too small, its learning rate "
            f"({self.lr:g}) too low or too high, are its units dead, or do the rows contradict each other?"
        )
        return Finding("overfits a few rows", False, f"{found} {why}")

    def _inputs(self) -> Finding:
        found = (
            f"After {self.steps:,} steps the loss is {self.with_inputs:.4g} with the inputs and "
            f"{self.without_inputs:.4g} with zeros in their place."
        )
        if self.with_inputs <= USES_INPUTS * self.without_inputs:
            return Finding("uses its inputs", True, found)
        why = (
            "It does not use them yet: they say nothing of the target, or the learning rate "
            f"({self.lr:g}) is too low or too high."
        )
        return Finding("uses its inputs", False, f"{found} {why}")
