"""What a command may overwrite: files of its own kind, and never one that it reads."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from tui_lab.errors import InputError
from tui_lab.runs.files.output_file import check_writable

FileKind = Literal[
    "an exported run", "predictions", "a preset", "exported weights", "exported step losses",
    "the exported trials of a sweep",
]  # fmt: skip
_LOOKED_AT = 4096
_OURS: dict[FileKind, Callable[[bytes], bool]] = {
    "an exported run": lambda first: (
        b'"tui-lab.run"' in first or first.strip() == b"[]" or (first[:1] == b"[" and b'"epoch"' in first)
    ),
    "predictions": lambda first: first.startswith((b"row,prediction", b"file,prediction")),
    "a preset": lambda first: b"tui-lab.preset" in first,
    "exported step losses": lambda first: (
        first.startswith(b"epoch,step,train_loss") or (first[:1] == b"[" and b'"epoch"' in first)
    ),
    "the exported trials of a sweep": lambda first: first.startswith((b"trial,combination,", b"PAR1")),
    "exported weights": lambda first: first[8:9] == b"{" and b'"made_by":"tui-lab"' in first,
}


def output_target(named: str | None, kind: FileKind, reads: Iterable[str | Path | None] = ()) -> Path | None:
    """The file named with `-o`, checked by `check_target`; None for stdout. Raises InputError."""
    if named in (None, "-"):
        return None
    path = Path(named)
    check_target(path, kind, reads)
    return path


def check_target(path: Path, kind: FileKind, reads: Iterable[str | Path | None] = ()) -> None:
    """Raise InputError if `path` is not writable, is one of the input files, or holds something else.

    `reads`: what the command was given as input; what is not a file is ignored.
    """
    check_writable(path)
    if any(read is not None and _same(path, read) for read in reads):
        raise InputError(f"{path}: the command reads this file and would overwrite it; choose another name")
    try:
        if not path.is_file():
            return
        with path.open("rb") as file:
            first = file.read(_LOOKED_AT)
    except OSError:
        first = b"?"
    if first and not _OURS[kind](first):
        raise InputError(
            f"{path}: already exists and is not {kind}, so it is not overwritten; "
            "choose another name, or remove it"
        )


def _same(path: Path, read: str | Path) -> bool:
    try:
        return path.samefile(Path(read).expanduser())
    except (OSError, ValueError, RuntimeError):
        return False
