"""The grammar of filters: words, and conditions such as `lr>=1e-3`."""

import operator
import re
from collections.abc import Callable
from typing import NamedTuple

from tui_lab.errors import InputError

COMPARE: dict[str, Callable[..., bool]] = {
    "=": operator.eq, "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_CONDITION = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)(<=|>=|!=|==|=|<|>)(.*)", re.DOTALL)
_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')


class Condition(NamedTuple):
    """A name as it was written, one of `COMPARE`, and what to compare with."""

    written: str
    sign: str
    wanted: str


def words_of(text: str) -> list[str]:
    """The words of a line of input; quotation marks keep text with spaces together. Raises InputError."""
    if text.count('"') % 2:
        raise InputError('a quotation mark is left open: write name="two words"')
    return [word.replace('"', "") for word in _WORD.findall(text)]


def condition_of(word: str) -> Condition | None:
    """A word as a condition; None if it is a plain word."""
    found = _CONDITION.fullmatch(word)
    return None if found is None else Condition(*found.groups())
