"""The folder of the runs, as given on the command line."""

from argparse import Namespace
from pathlib import Path

from tui_lab.errors import InputError
from tui_lab.runs.folder import default_root
from tui_lab.runs.permissions import check_not_shared
from tui_lab.safe import safe


def runs_root(args: Namespace) -> Path:
    """`--runs` if given, otherwise the default. Raises InputError, also where others may write."""
    root = named_root(args)
    check_not_shared(root)
    return root


def named_root(args: Namespace) -> Path:
    """The same, whoever may write there."""
    named: str | None = getattr(args, "runs", None)
    if named is None:
        return default_root()
    if not named.strip():
        raise InputError("--runs: the folder name is empty")
    try:
        return Path(named).expanduser()
    except RuntimeError as error:
        raise InputError(f"--runs: {safe(named, 300)}: {safe(error)}") from None
