"""The widths of a network: the units or channels of its layers, by number, as axes of a sweep name them."""

import re
from collections.abc import Sequence

from tui_lab.errors import InputError
from tui_lab.experiment.network.layers import parse_layer
from tui_lab.safe import safe

WIDTH = re.compile(r"width[1-9]\d{0,2}")
_WIDE = {"linear": "size", "conv": "channels"}
"""The layers that have a width, and what their option is called."""
_MOST = 65_536


def widths(layers: Sequence[str]) -> dict[str, int]:
    """The widths of a layer list by name, in order: `{"width1": 64, "width2": 32}`."""
    found = [layer.whole(_WIDE[layer.kind]) for layer in map(parse_layer, layers) if layer.kind in _WIDE]
    return {f"width{place}": size for place, size in enumerate(found, 1)}


def with_widths(layers: Sequence[str], wanted: dict[str, int]) -> tuple[str, ...]:
    """The layer list with other widths. Raises InputError if it has no width of such a name."""
    if missing := wanted.keys() - widths(layers).keys():
        raise InputError(f"the network has no {', '.join(sorted(missing))}")
    changed, place = [], 0
    for line in layers:
        layer = parse_layer(line)
        if layer.kind in _WIDE:
            place += 1
            if (name := f"width{place}") in wanted:
                option = _WIDE[layer.kind]
                first, *rest = line.split()
                kept = [word for word in rest if "=" in word and not word.startswith(f"{option}=")]
                line = " ".join([first, str(wanted[name]), *kept])
        changed.append(line)
    return tuple(changed)


def parse_width(name: str, text: str) -> int:
    """A width that was typed. Raises InputError."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 1 <= number <= _MOST or number != int(number):
        raise InputError(f"{name}: must be a whole number from 1 to {_MOST:,} (given: {safe(text, 40)})")
    return int(number)
