"""All rules, in the order of causes: the first that finds something is what the coach says.

A network with dead units also has a learning rate that is too high, and an overfitting rule fires on runs
that are broken in other ways: what explains the others comes first.
"""

from tui_lab.coach.advice import Rule
from tui_lab.coach.rules import (
    below_linear,
    clipping,
    dead,
    dropout_gap,
    exploding,
    imbalance,
    leak,
    lr_high,
    lr_low,
    not_finite,
    overfitting,
    plateau,
    regularised,
    saturated,
    small_split,
    too_long,
    too_short,
    underfitting,
    update_high,
    update_low,
    vanishing,
    waiting_gpu,
)

RULES: tuple[Rule, ...] = (
    not_finite.RULE,
    dead.RULE,
    vanishing.RULE,
    exploding.RULE,
    saturated.RULE,
    update_high.RULE,
    clipping.RULE,
    regularised.RULE,
    update_low.RULE,
    lr_high.RULE,
    lr_low.RULE,
    leak.RULE,
    overfitting.RULE,
    underfitting.RULE,
    below_linear.RULE,
    plateau.RULE,
    too_short.RULE,
    too_long.RULE,
    imbalance.RULE,
    small_split.RULE,
    dropout_gap.RULE,
    waiting_gpu.RULE,
)
BY_NAME = {rule.name: rule for rule in RULES}
