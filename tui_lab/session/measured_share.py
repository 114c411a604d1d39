"""The share of the training time in which layers are measured, which the user can set."""

from tui_lab.session.environment import number_in

VARIABLE = "TUI_LAB_DIAGNOSTICS"
USUAL = 0.01
"""Within the 2 % that diagnostics may take in all."""


def measured_share() -> float:
    """The share, from 0 to 1: TUI_LAB_DIAGNOSTICS in percent, or the default. Raises InputError."""
    meaning = "the percentage of the training time in which layers are measured, from 0 (not at all) to 100"
    return number_in(VARIABLE, 100 * USUAL, meaning, 100) / 100
