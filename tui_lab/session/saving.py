"""How often a run is saved, as far as that is the user's to say."""

import os
from math import inf

from tui_lab.errors import InputError
from tui_lab.safe import safe

VARIABLE = "TUI_LAB_SAVE_EVERY"
USUAL_S = 15.0


def save_every_s() -> float:
    """The least seconds between two checkpoints: TUI_LAB_SAVE_EVERY, or the usual. Raises InputError."""
    text = os.environ.get(VARIABLE, "").strip()
    try:
        seconds = float(text) if text else USUAL_S
    except ValueError:
        seconds = -inf
    if not 0 <= seconds < inf:
        raise InputError(
            f"{VARIABLE}: the least seconds between two checkpoints, 0 or more (given: {safe(text, 40)!r})"
        )
    return seconds
