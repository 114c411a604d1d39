"""The share of the training time in which layers are measured, which the user can set."""

import os
from math import nan

from tui_lab.errors import InputError

VARIABLE = "TUI_LAB_DIAGNOSTICS"
USUAL = 0.01
"""Within the 2 % that diagnostics may take in all."""


def measured_share() -> float:
    """The share, from 0 to 1: TUI_LAB_DIAGNOSTICS in percent, or the default. Raises InputError."""
    text = os.environ.get(VARIABLE, "").strip()
    try:
        percent = float(text) if text else 100 * USUAL
    except ValueError:
        percent = nan
    if not 0 <= percent <= 100:
        raise InputError(
            f"{VARIABLE}: must be the percentage of the training time in which layers are measured, from 0 "
            f"(not at all) to 100 (given: {text!r})"
        )
    return percent / 100
