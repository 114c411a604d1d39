"""User code: a Python file named on the command line, and its errors."""

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tui_lab.errors import InputError, LabError
from tui_lab.experiment.code import OWN_MODULE
from tui_lab.safe import safe


def split_name(named: str) -> tuple[Path, str]:
    """`/path/file.py:Name` as the file and the name in it."""
    file, _, name = named.rpartition(":")
    return Path(file), name


@contextmanager
def own_code(named: str, doing: str) -> Iterator[None]:
    """Turn anything user code raises into an InputError with file, line and error."""
    path, _ = split_name(named)
    try:
        yield
    except (LabError, KeyboardInterrupt):
        raise
    except BaseException as error:  # also SystemExit: the file may be a script
        raise InputError(
            f"{_place(path, error)}: {doing}: {type(error).__name__}: {safe(error, 300)}"
        ) from None


def _place(path: Path, error: BaseException) -> str:
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        lines.append(error.lineno)
    return f"{path}, line {lines[-1]}" if lines else str(path)


def load_object(named: str) -> Any:
    """Run the file and return `Name` from it. Raises InputError.

    The file can import its neighbours; its `if __name__ == "__main__"` part is not run.
    """
    path, name = split_name(named)
    with own_code(named, "while running it"):
        spec = importlib.util.spec_from_file_location(f"{OWN_MODULE}{path.stem}", path)
        if spec is None or spec.loader is None:
            raise InputError(f"{path}: not a Python file; its name must end in .py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        if str(path.parent) not in sys.path:
            sys.path.append(str(path.parent))
        # not spec.loader.exec_module: what it caches of a file changed twice in a second is the older one
        exec(compile(path.read_bytes(), str(path), "exec"), vars(module))
    if not hasattr(module, name):
        public = [key for key in vars(module) if not key.startswith("_")]
        raise InputError(f"{path}: no {name!r} in it; it has: {safe(', '.join(public), 300)}")
    return getattr(module, name)
