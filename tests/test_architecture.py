"""What each room drags in, seen from outside: a fresh interpreter imports it and shows `sys.modules`.

Import contracts read the text of the code; this test runs it, so that an import hidden in a library
or behind a function called at import time is noticed too. A room is all of its modules: one that is added
is held to the same.
"""

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import tui_lab

PACKAGE = Path(tui_lab.__file__).parent
TENSORS = {"torch", "torchvision", "torchmetrics", "numpy", "pandas"}
SCREEN = {"textual", "plotext"}
HEAVY = TENSORS | SCREEN | {"rich"}

ROOMS = {
    "experiment": HEAVY,
    "protocol": HEAVY,
    "runs": HEAVY,
    "coach": HEAVY,
    "sweep": HEAVY,
    "session": HEAVY,
    "data": SCREEN | {"torchmetrics"},
    "model": SCREEN | {"torchmetrics", "pandas"},
    "engine": SCREEN,
    "tui": TENSORS,
}
"""What no module of a room may import. `session` loads torch later, in the thread that trains."""

STARTS = {
    "tui_lab": HEAVY,
    "tui_lab.safe": HEAVY,
    "tui_lab.errors": HEAVY,
    "tui_lab.cli.main": HEAVY,
    "tui_lab.tui.app": TENSORS | {"plotext", "pydantic"},
    "tui_lab.tui.launch": TENSORS | {"plotext", "pydantic"},
    "tui_lab.cli.commands.lab": HEAVY,
}
"""What somebody waits for: these modules alone."""


def modules_of(room: str) -> list[str]:
    files = sorted((PACKAGE / room).rglob("*.py"))
    names = [".".join(("tui_lab", *file.relative_to(PACKAGE).with_suffix("").parts)) for file in files]
    return [name.removesuffix(".__init__") for name in names]


_IMPORTER = """
import builtins, importlib, json, os, sys
def imports(modules):
    asked, before = set(), builtins.__import__
    def note(name, globals=None, locals=None, fromlist=(), level=0):
        if not level:
            asked.add(name)
        return before(name, globals, locals, fromlist, level)
    there, builtins.__import__ = set(sys.modules), note
    for name in modules:
        importlib.import_module(name)
    return sorted({name.partition('.')[0] for name in asked | set(sys.modules) - there})
for libraries, groups in json.load(sys.stdin):
    for name in libraries:
        importlib.import_module(name)
    for modules in groups:
        pid = os.fork()
        if pid == 0:
            print(json.dumps([modules, imports(modules)]), flush=True)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0, modules
"""
STAGES = (
    ((), [room for room in ROOMS if room not in ("data", "model", "engine")]),
    (("torch",), ["model"]),
    (("pandas",), ["data", "engine"]),
)
"""What may be loaded before which rooms, as they may import it: so it is waited for only once."""


@cache
def all_imports() -> dict[tuple[str, ...], frozenset[str]]:
    """For the modules of each room, and for each one alone that somebody waits for: what they import."""
    stages: list[Any] = [[libraries, [modules_of(room) for room in rooms]] for libraries, rooms in STAGES]
    stages[0][1] += [[module] for module in STARTS]
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTER], input=json.dumps(stages), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told = map(json.loads, done.stdout.splitlines())
    return {tuple(modules): frozenset(found) for modules, found in told}


def imported_by(*modules: str) -> frozenset[str]:
    """The top-level packages that are imported by these modules, and by what they import."""
    return all_imports()[modules]


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_nothing_it_must_not_know(room: str) -> None:
    modules = modules_of(room)
    assert len(modules) > 1, "the room is there"
    assert not imported_by(*modules) & ROOMS[room]


@pytest.mark.slow
@pytest.mark.parametrize("module", STARTS)
def test_what_one_waits_for_imports_nothing_heavy(module: str) -> None:
    assert not imported_by(module) & STARTS[module]


def test_every_room_is_held_to_something() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms - {"cli"} == set(ROOMS)


@pytest.mark.slow
def test_the_check_can_fail() -> None:
    assert {"torch", "numpy"} <= imported_by(*modules_of("engine"))
    assert "pandas" in imported_by(*modules_of("data"))
    assert "textual" in imported_by("tui_lab.tui.app")


def callables_of(constructor: ast.FunctionDef) -> list[str]:
    """The parameters of a constructor that are called back."""
    given = [*constructor.args.args, *constructor.args.kwonlyargs]
    return [
        arg.arg for arg in given if arg.annotation is not None and "Callable" in ast.unparse(arg.annotation)
    ]


def test_a_constructor_of_the_lab_takes_at_most_two_callables() -> None:
    """A widget posts a message instead; what only reads the present state is given the state."""
    counted: dict[str, list[str]] = {}
    for file in sorted((PACKAGE / "tui").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            for part in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(part, ast.FunctionDef) and part.name == "__init__" and callables_of(part):
                    counted[f"{file.stem}.{node.name}"] = callables_of(part)  # type: ignore[attr-defined]
    assert "background.BackgroundTask" in counted, "the count sees callables"
    assert {name: given for name, given in counted.items() if len(given) > 2} == {}
