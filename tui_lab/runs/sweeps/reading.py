"""Reading a sweep from its folder."""

from pathlib import Path

from tui_lab.errors import InputError, LabError, RunError
from tui_lab.protocol.sweeps.events import SweepRecord
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import held
from tui_lab.runs.sweeps.folder import SweepFolder, find_sweep
from tui_lab.runs.sweeps.journal import SweepReader


def load_sweep(folder: SweepFolder) -> SweepView:
    """The view of a sweep. One that no process leads any more, and that has not ended, is `stopped`.

    Raises RunError if its journal cannot be read.
    """
    leader = held(folder)  # before the journal, so that a sweep that ends in between is seen as ended
    view, _, _ = open_sweep(folder)
    if view.status in ("running", "paused") and leader is None:
        view.status, view.message = "stopped", "its process was ended"
    return view


def open_sweep(folder: SweepFolder) -> tuple[SweepView, SweepReader, list[SweepRecord]]:
    """The view of a sweep so far, what reads on, and what was read. Raises RunError."""
    view, reader = SweepView(), SweepReader(folder.journal)
    records = reader.poll()
    view.apply_all(records)
    if reader.problem or view.sweep is None:
        raise RunError(f"{folder.journal}: {reader.problem or 'holds no sweep'}")
    return view, reader, records


def find_run(root: Path, ref: str) -> RunFolder:
    """The run that `ref` means: one in the folder of the runs, or the trial of a sweep, `SWEEP/NUMBER`.

    Raises InputError.
    """
    sweep, _, number = ref.rpartition("/")
    return _trial(root, ref) if sweep and number.isdecimal() else find(root, ref)


def find_run_or_sweep(root: Path, ref: str) -> RunFolder | SweepFolder:
    """The run that `ref` means, or else the sweep. Raises InputError: why there is no such run."""
    try:
        return find_run(root, ref)
    except InputError as no_run:
        try:
            return find_sweep(root, ref)
        except InputError:
            raise no_run from None


def _trial(root: Path, ref: str) -> RunFolder:
    named, _, text = ref.rpartition("/")
    folder = find_sweep(root, named)
    try:
        view = load_sweep(folder)
    except LabError as error:
        raise InputError(error.problems) from None
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) < len(view.trials)):
        raise InputError(f"{folder.run_id} has no trial {text!r}; it has {len(view.trials):,}, from 0")
    trial = view.trials[int(text)]
    if not trial.run_id:
        raise InputError(f"trial {text} of {folder.run_id} has not started yet")
    return folder.trial(trial.run_id)
