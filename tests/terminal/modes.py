"""Which modes of a terminal a program has left set, by all that it has written."""

import re

NORMAL = {
    1049: False, 1000: False, 1003: False, 1006: False, 1015: False, 1016: False,
    1004: False, 2004: False, 2026: False, 2048: False, 25: True, 7: True,
}  # fmt: skip
"""Main screen, no reports of mouse, focus, paste or size; cursor shown, lines wrapped."""
_CHANGE = re.compile(rb"\x1b\[(?:\?([\d;]+)([hl])|([<>])[\d;]*u)")


def left_set(written: bytes) -> set[str]:
    """The modes that are not as a shell expects them."""
    modes, pushed = dict(NORMAL), 0
    for numbers, how, direction in _CHANGE.findall(written):
        if direction:
            pushed = max(0, pushed + (1 if direction == b">" else -1))
        for number in numbers.split(b";") if numbers else ():
            modes[int(number)] = how == b"h"
    wrong = {f"mode {number}" for number, on in modes.items() if on != NORMAL.get(number, on)}
    return wrong | ({"keyboard protocol"} if pushed else set())
