"""Makes strings from outside safe to show on a screen or terminal.

File names, columns, class names, run names and error texts can contain escape sequences, newlines and
bidirectional overrides (U+202E shows `exe.png` for `gnp.exe`). `safe` makes them visible instead of
effective. It does not escape markup: its result goes into `Text`, never into a markup string.
"""

import unicodedata

# Cc control, Cf format (bidi overrides, zero-width joiners), Cs surrogates (bytes of a name that was not
# UTF-8), Co private use, Cn unassigned, Zl and Zp line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe(value: object, limit: int = 200) -> str:
    r"""Return `value` as one line of printable text, at most `limit` characters, ending in `…` if cut.

    Control characters are shown as escapes: `\x1b`, `\u202e`, `\n`.
    """
    text = value if isinstance(value, str) else str(value)
    cut = text[: limit + 1]
    shown = cut if cut.isprintable() else "".join(map(_visible, cut))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def safe_lines(value: object, limit: int = 4000) -> str:
    """Like `safe`, but keeps line breaks, for multi-line messages."""
    return "\n".join(safe(line, limit) for line in str(value).split("\n"))[:limit]


def _visible(char: str) -> str:
    if unicodedata.category(char) in _HIDDEN:
        return char.encode("unicode_escape", "backslashreplace").decode("ascii")
    return char
