"""Makes strings from outside safe to show on a screen or terminal.

File names, columns, class names, run names and error texts can contain escape sequences, newlines and
bidirectional overrides (U+202E shows `exe.png` for `gnp.exe`). `safe` makes them visible instead of
effective. It does not escape markup: its result goes into `Text`, never into a markup string.

Whatever shows text calls it: the shell's printer (`cli.output`), the lab's `style.text` and `Lines`, and
`LabError` for its problems. Others need it only to shorten a name within a sentence. Twice does no harm.
"""

import unicodedata

# Cc control, Cf format (bidi overrides, zero-width joiners), Cs surrogates (bytes of a name that was not
# UTF-8), Co private use, Cn unassigned, Zl and Zp line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


LONGEST = 2000
"""The most characters of a sentence that are shown."""


def safe(value: object, limit: int = 200, end: int = 0) -> str:
    r"""Return `value` as one line of printable text, at most `limit` characters.

    Control characters are shown as escapes: `\x1b`, `\u202e`, `\n`. A text that is too long gets a `…`, after
    which its last `end` characters remain.
    """
    text = _cut(value if isinstance(value, str) else str(value), limit, end)
    return text if text.isprintable() else _cut("".join(map(_visible, text)), limit, end)


def sentence(text: object) -> str:
    """`safe` for a sentence: if it is too long, its beginning and the way out at its end are kept."""
    return safe(text, LONGEST, LONGEST // 3)


def _cut(text: str, limit: int, end: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1 - end]}…{text[len(text) - end :]}"


def _visible(char: str) -> str:
    if unicodedata.category(char) in _HIDDEN:
        return char.encode("unicode_escape", "backslashreplace").decode("ascii")
    return char
