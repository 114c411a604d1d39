"""Numbers that the user sets in the environment."""

import os
from math import inf, isfinite, nan

from tui_lab.errors import InputError


def number_in(variable: str, usual: float, meaning: str, most: float = inf) -> float:
    """A finite number from 0 to `most`; `usual` if it is not set.

    Raises InputError, which says what it must be: `meaning`.
    """
    text = os.environ.get(variable, "").strip()
    try:
        value = float(text) if text else usual
    except ValueError:
        value = nan
    if not (isfinite(value) and 0 <= value <= most):
        raise InputError(f"{variable}: must be {meaning} (given: {text!r})")
    return value
