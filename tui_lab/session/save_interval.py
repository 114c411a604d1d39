"""How often a run is saved, which the user can set."""

from tui_lab.session.environment import number_in

VARIABLE = "TUI_LAB_SAVE_EVERY"
USUAL_S = 15.0


def save_every_s() -> float:
    """The minimum seconds between checkpoints: TUI_LAB_SAVE_EVERY, or the default. Raises InputError."""
    return number_in(VARIABLE, USUAL_S, "the minimum seconds between checkpoints, 0 or more")
