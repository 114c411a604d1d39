"""The lab's two themes, and the named styles of `text.Line` in terms of any theme."""

import os

from textual.theme import Theme

DARK = Theme(
    name="lab-dark",
    primary="#6cb0f5",
    secondary="#b08df0",
    accent="#63d2c0",
    warning="#f2b35d",
    error="#ff7a72",
    success="#7fd08a",
    foreground="#d6dde6",
    background="#10151b",
    surface="#171d25",
    panel="#2b3541",
    dark=True,
    variables={"scrollbar": "#2b3541", "scrollbar-background": "#10151b"},
)
LIGHT = Theme(
    name="lab-light",
    primary="#0b5cad",
    secondary="#6f42c1",
    accent="#0b7a6c",
    warning="#9a5200",
    error="#b4232a",
    success="#1f7a34",
    foreground="#1f2730",
    background="#fbfbf8",
    surface="#f0f1ed",
    panel="#d3d7d6",
    dark=False,
    variables={"scrollbar": "#d3d7d6", "scrollbar-background": "#fbfbf8"},
)

_RUN_COLOURS = (
    "$primary", "$text-warning", "$text-success", "$text-error",
    "$secondary", "$accent", "$foreground", "$foreground 60%",
)  # fmt: skip
CURVE_COLOURS: dict[str, str] = {
    "train": "$primary",
    "val": "$text-warning",
    "best": "$text-success",
    **{f"run{k}": colour for k, colour in enumerate(_RUN_COLOURS, 1)},
}
"""The colours of curves, and of the names and numbers that belong to them."""
SHADES = (6, 14, 26, 42, 64)
"""How strong the background of a cell of a heat map is, in percent, from little to much."""
STYLES: dict[str, str] = {
    "": "",
    "dim": "$foreground 72%",
    "faint": "$foreground 52%",
    "bold": "bold",
    "head": "bold $foreground 72%",
    "key": "bold $accent",
    "accent": "$accent",
    **CURVE_COLOURS,
    "good": "bold $text-success",
    "warn": "$text-warning",
    "bad": "bold $text-error",
    "changed": "bold $text-warning",
    "bar": "$accent",
    "track": "$foreground 30%",
    "crowd": "$primary 55%",
    "crowd-dim": "$foreground 32%",
    "cursor": "bold $accent on $panel",
    "row": "bold on $panel",
    "row-dim": "$foreground 80% on $panel",
    "row-changed": "bold $text-warning on $panel",
    **{f"right{k}": f"auto 87% on $success {shade}%" for k, shade in enumerate(SHADES, 1)},
    **{f"wrong{k}": f"auto 87% on $error {shade}%" for k, shade in enumerate(SHADES, 1)},
}


def first_theme() -> str:
    """The theme if none was chosen: light if the terminal reports a light background.

    `COLORFGBG` (`15;0`) is set by several terminals; its last number is the background.
    """
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if background in ("7", "15") else DARK.name
