"""How often a run is saved, which the user can set."""

import os
from math import inf

from tui_lab.errors import InputError

VARIABLE = "TUI_LAB_SAVE_EVERY"
USUAL_S = 15.0


def save_every_s() -> float:
    """The minimum seconds between checkpoints: TUI_LAB_SAVE_EVERY, or the default. Raises InputError."""
    text = os.environ.get(VARIABLE, "").strip()
    try:
        seconds = float(text) if text else USUAL_S
    except ValueError:
        seconds = -inf
    if not 0 <= seconds < inf:
        raise InputError(
            f"{VARIABLE}: must be the minimum seconds between checkpoints, 0 or more (given: {text!r})"
        )
    return seconds
