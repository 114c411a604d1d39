"""How long ranks wait for each other, which the user can set."""

from tui_lab.errors import InputError
from tui_lab.session.environment import number_in

VARIABLE = "TUI_LAB_RANK_TIMEOUT"
USUAL_S = 600.0


def rank_timeout_s() -> float:
    """The seconds after which a rank that does not answer is lost: TUI_LAB_RANK_TIMEOUT, or the default.

    Raises InputError.
    """
    seconds = number_in(VARIABLE, USUAL_S, "the seconds after which a rank that is silent is lost", 86_400)
    if seconds < 1:
        raise InputError(f"{VARIABLE}: must be at least 1 second (given: {seconds:g})")
    return seconds
