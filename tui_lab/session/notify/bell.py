"""The bell of a terminal, for whoever sits at one: `--notify bell`."""

from tui_lab.errors import InputError
from tui_lab.safe import safe
from tui_lab.session.notify.targets import targets


def bell(words: str) -> str:
    """What rings the bell and shows `words` as a notification of the desktop (OSC 9), if that is asked for.

    Many terminals know OSC 9; others ignore it.
    """
    try:
        asked = any(target.kind == "bell" for target in targets())
    except InputError:  # reported where a run is started
        asked = False
    return f"\a\x1b]9;{safe(words, 120)}\x1b\\" if asked else ""
