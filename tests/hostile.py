"""Text that a terminal, a layout or markup would act on, and how to see that nothing did."""

import importlib
import pkgutil
import unicodedata
from collections.abc import Iterator
from types import ModuleType

import pytest

HOSTILE = {
    "markup": "[bold]b[/bold] [/x]",
    "everything": "\x1b[31mred\x1b]0;title\x07 \x9b31m\x85 \u202egnp.exe\u2066 a\u200b\ufeff "
    "one\ntwo\r\x0b\u2028three caf\udce9\ud800",
    "much": "[b]\x1b" * 3_000,
}
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


def harmless(shown: str) -> None:
    """One line, nothing in it that a terminal acts on."""
    acted = {char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert not acted, f"{acted!r} in {shown[:200]!r}"


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)
