"""What each room drags in, seen from outside: a fresh interpreter imports it and shows `sys.modules`.

Import contracts read the text of the code; this test runs it, so that an import hidden in a library
or behind a function called at import time is noticed too.
"""

import subprocess
import sys
from functools import cache

import pytest

HEAVY = {"torch", "torchvision", "torchmetrics", "numpy", "pandas", "textual", "plotext", "rich"}
FORBIDDEN = {
    "tui_lab.safe": HEAVY,
    "tui_lab.errors": HEAVY,
    "tui_lab.spec.presets": HEAVY,
    "tui_lab.spec.catalogue": HEAVY,
    "tui_lab.protocol.view": HEAVY,
    "tui_lab.protocol.codec": HEAVY,
    "tui_lab.runs.export": HEAVY,
    "tui_lab.runs.listing": HEAVY,
    "tui_lab.runs.journal": HEAVY,
    "tui_lab.session.local": HEAVY,
    "tui_lab.cli.main": HEAVY,
    "tui_lab.data.dataset": {"textual", "plotext", "torchmetrics"},
    "tui_lab.model.build": {"textual", "plotext", "torchmetrics", "pandas"},
    "tui_lab.engine.loop": {"textual", "plotext"},
    "tui_lab.tui.app": {"torch", "torchvision", "torchmetrics", "numpy", "pandas", "plotext"},
    "tui_lab.tui.run": {"torch", "torchvision", "torchmetrics", "numpy", "pandas", "plotext"},
}


@cache
def imported_by(module: str) -> frozenset[str]:
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("module", FORBIDDEN)
def test_a_room_imports_nothing_it_must_not_know(module: str) -> None:
    assert not imported_by(module) & FORBIDDEN[module]


def test_the_check_can_fail() -> None:
    assert {"torch", "numpy", "pandas"} <= imported_by("tui_lab.engine.loop")
