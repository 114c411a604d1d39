"""Names of metrics and their abbreviations, and the most informative of several."""

from collections.abc import Collection

METRICS = ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "auroc", "mae", "rmse", "r2", "loss")
SHORT = {"accuracy": "acc", "balanced_accuracy": "bal", "precision": "prec", "recall": "rec"}
"""Abbreviations of metrics whose names are too long for a column."""
FULL = {short: name for name, short in SHORT.items()}
LOW_IS_GOOD = frozenset({"mae", "rmse", "loss"})
"""Errors; for all other metrics, higher is better."""
_TOLD = ("accuracy", "balanced_accuracy", "r2")


def told_of(scores: Collection[str]) -> str | None:
    """The most informative of some metrics, given in the run's order; the loss if there is no other."""
    return next((name for name in scores if name in _TOLD), "loss" if "loss" in scores else None)
