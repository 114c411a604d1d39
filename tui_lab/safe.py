"""The one gate through which strings from outside pass before a screen or a terminal sees them.

File names, columns, class names, run names and error texts can hold escape sequences, newlines and
bidirectional overrides (U+202E shows `exe.png` for `gnp.exe`). `safe` makes them visible instead of
effective. It does not escape markup: what it returns goes into `Text`, never into a markup string.
"""

import unicodedata

# Cc control, Cf format (bidi overrides, zero-width joiners), Cs surrogates (bytes of a name that was not
# UTF-8), Co private use, Cn unassigned, Zl and Zp line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe(value: object, limit: int = 200) -> str:
    r"""Give `value` as one line of printable text, at most `limit` characters with `…` at the cut.

    What a terminal would act on is shown as an escape: `\x1b`, `\u202e`, `\n`.
    """
    text = value if isinstance(value, str) else str(value)
    cut = text[: limit + 1]
    shown = cut if cut.isprintable() else "".join(map(_visible, cut))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def safe_lines(value: object, limit: int = 4000) -> str:
    """Like `safe`, but keeps line breaks: for messages that are made of several lines."""
    return "\n".join(safe(line, limit) for line in str(value).split("\n"))[:limit]


def _visible(char: str) -> str:
    if unicodedata.category(char) in _HIDDEN:
        return char.encode("unicode_escape", "backslashreplace").decode("ascii")
    return char
