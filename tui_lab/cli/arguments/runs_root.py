"""The folder of the runs, as given on the command line."""

from argparse import Namespace
from errno import ELOOP
from pathlib import Path

from tui_lab.errors import InputError
from tui_lab.runs.files.permissions import check_not_shared
from tui_lab.runs.folder.folder import default_root, home_expanded


def runs_root(args: Namespace) -> Path:
    """`--runs` if given, otherwise the default. Raises InputError, also if others can write to it."""
    root = named_root(args)
    check_not_shared(root)
    return root


def named_root(args: Namespace) -> Path:
    """The same, without checking who can write to it."""
    named: str | None = getattr(args, "runs", None)
    if named is None:
        return default_root()
    if not named.strip():
        raise InputError("--runs: the folder name is empty")
    return home_expanded(named, "--runs")


def resolved_root(args: Namespace) -> Path:
    """The same as an absolute path without links, for processes with another working directory.

    Raises InputError.
    """
    return resolved(runs_root(args))


def resolved(path: Path) -> Path:
    """An absolute path without links. Raises InputError for a loop of links."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # Python 3.11 reports a loop as RuntimeError
        why = str(error)
        if isinstance(error, RuntimeError) or getattr(error, "errno", 0) == ELOOP:
            why = "its symbolic links form a loop"
        raise InputError(f"{path}: cannot use this folder: {why}") from None
