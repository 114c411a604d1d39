"""From a run's checkpoints to the point where it resumes."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

import torch

from tui_lab.engine.checkpoints.fields import check_fields
from tui_lab.engine.checkpoints.file import (
    CheckpointError,
    MissingCheckpointError,
    State,
    parse_state,
    read_checkpoint,
)
from tui_lab.engine.checkpoints.saver import KEEP
from tui_lab.errors import InputError, RunError
from tui_lab.protocol.events import CheckpointSaved
from tui_lab.protocol.view import RunView
from tui_lab.runs.files.secure_files import SecureFolder
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import held
from tui_lab.runs.folder.reading import load_run

_MOST_HELD = 16
_NO_FILES: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """A valid checkpoint; `skipped` says why later ones were not used.

    `sha256` is that of the file. `fork`: the state is another run's, and the experiment's own hyperparameters
    must be applied.
    """

    file: str
    state: State
    skipped: tuple[str, ...] = ()
    fork: bool = False
    sha256: str = ""


def skipped_notes(problems: Iterable[str]) -> tuple[str, ...]:
    """What a person is told of checkpoints that were skipped."""
    return tuple(f"a newer checkpoint could not be used: {problem}" for problem in problems)


def newest_point(folder: RunFolder, device: torch.device) -> tuple[RunView, ResumePoint]:
    """A run and its latest valid checkpoint, even while the run is training and saves often.

    The files are opened before the journal is read: those it lists can then be read even if they are pruned
    meanwhile. Raises RunError if none is valid, InputError if the run never saved one.
    """
    with _holding(folder.checkpoints) as files:
        trained = held(folder) is not None
        view = load_run(folder).view
        if not view.checkpoints and not files:
            raise InputError(
                f"run {folder.run_id} has no checkpoint: it ended before saving one; train it again"
            )
        point = last_good(folder.checkpoints, view.checkpoints, device, files, trained=trained)
        if not trained:
            later = _later_than_the_journal(folder.checkpoints, view.checkpoints, point)
            point = replace(point, skipped=(*point.skipped, *later))
        return view, point


def _later_than_the_journal(
    folder: Path, saved: Sequence[CheckpointSaved], point: ResumePoint
) -> tuple[str, ...]:
    """What to say of files of later steps that the journal does not name: its end must have been lost.

    A file of a branch that was undone, or that a resume did not use, is older than the one used instead.
    """
    files, named = SecureFolder.in_run(folder), {event.file for event in saved}
    later: list[str] = []
    with suppress(OSError):
        used = files.state(point.file)
        for name in sorted(files.names()):
            number = re.match(r"(?:step|kept)-(\d+)", name)
            if number is None or name in named or int(number[1]) <= point.state["step"]:
                continue
            with suppress(OSError):
                if files.state(name).st_mtime_ns >= used.st_mtime_ns:
                    later.append(f"{name}: the journal does not name it; the end of the journal is missing")
    return tuple(later)


def last_good(
    folder: Path,
    saved: Sequence[CheckpointSaved],
    device: torch.device,
    files: Mapping[str, int] = _NO_FILES,
    *,
    trained: bool = False,
) -> ResumePoint:
    """The latest valid checkpoint in the journal; without one, the latest in the folder.

    `files`: descriptors of some of them. `trained`: the process that trains the run may be pruning them, so a
    missing file is not a problem. Raises RunError saying what is wrong with each if none is valid.
    """
    problems: list[str] = []
    named: set[str] = set()
    due = 0
    for event in reversed(saved):
        name = event.file
        if Path(name).name != name:
            problems.append("the journal names a file outside the run's folder")
            continue
        if name in named:  # the file was written over since
            continue
        named.add(name)
        may_be_pruned = name.startswith("step-") and (trained or due >= KEEP)
        due += name.startswith("step-")
        try:
            found = _point(folder / name, event.sha256, device, files.get(name, -1))
            return replace(found, skipped=tuple(problems))
        except CheckpointError as error:
            if not (may_be_pruned and isinstance(error, MissingCheckpointError)):
                problems += error.problems
    return _last_unnamed(folder, named, device, problems)


def named_point(folder: Path, saved: CheckpointSaved, device: torch.device) -> ResumePoint:
    """That checkpoint only. Raises RunError if it is not valid."""
    if Path(saved.file).name != saved.file:
        raise RunError("the journal names a file outside the run's folder")
    try:
        return _point(folder / saved.file, saved.sha256, device)
    except CheckpointError as error:
        raise RunError(error.problems) from None


def _point(path: Path, sha256: str | None, device: torch.device, fd: int = -1) -> ResumePoint:
    """The checkpoint in a file; `sha256` and `fd` if they are known. Raises CheckpointError."""
    data = read_checkpoint(path, fd)
    state = parse_state(data, path.name, sha256, device)
    check_fields(state, path.name)
    return ResumePoint(path.name, state, sha256=sha256 or hashlib.sha256(data).hexdigest())


def _last_unnamed(folder: Path, named: set[str], device: torch.device, problems: list[str]) -> ResumePoint:
    """The latest valid file in the folder that the journal does not list, as it could not be written."""
    files = SecureFolder.in_run(folder)
    found: list[tuple[int, str]] = []
    with suppress(OSError):
        for name in files.names():
            if fnmatch(name, "*.pt") and not name.startswith("undo-") and name not in named:
                with suppress(OSError):
                    found.append((files.state(name).st_mtime_ns, name))
    for _, name in sorted(found, reverse=True):
        try:
            point = _point(folder / name, None, device)
        except CheckpointError as error:
            problems += error.problems
            continue
        problems.append(f"the journal lists no valid checkpoint; using {name}, found in the folder")
        return replace(point, skipped=tuple(problems))
    raise RunError(["no checkpoint to resume from", *problems])


@contextmanager
def _holding(folder: Path) -> Iterator[dict[str, int]]:
    """Descriptors of the files that may be pruned: readable even after they are deleted."""
    files, held_open = SecureFolder.in_run(folder), {}
    with ExitStack() as stack:
        with suppress(OSError):
            for name in [name for name in files.names() if fnmatch(name, "step-*.pt")][-_MOST_HELD:]:
                with suppress(OSError):
                    held_open[name] = files.open(name)
                    stack.callback(os.close, held_open[name])
        yield held_open
