"""How much room the panes of the lab need."""

from typing import Any

from textual.geometry import Size
from textual.screen import Screen

WIDE, LEAST = 110, (60, 16)
"""The minimum width for all panes side by side, and the minimum width and height for any panes."""
ROOMY = 160
"""The minimum width for wider outer panes."""


def is_wide(size: Size) -> bool:
    """Whether all panes are shown side by side."""
    return size.width >= WIDE


def panes_fit(size: Size) -> bool:
    """Whether there is room for any panes."""
    return size.width >= LEAST[0] and size.height >= LEAST[1]


def set_width_classes(screen: Screen[Any], size: Size) -> None:
    """Tell the style sheet how wide the screen is."""
    screen.set_class(not is_wide(size), "-narrow")
    screen.set_class(size.width >= ROOMY, "-roomy")
