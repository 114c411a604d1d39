"""The names that users gave to sweeps."""

from pathlib import Path

from tui_lab.errors import InputError
from tui_lab.protocol.sweeps.events import SweepStarted, decode_record
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.sweeps.folder import SweepFolder, sweep_ids, sweeps_root

_MOST_BYTES = 4_000_000
"""Of the first two lines of a journal: its format, and what the sweep was asked to do."""


def name_of(folder: RunFolder) -> str:
    """The name of a sweep; empty if it has none, or if its journal cannot be read."""
    try:
        lines = folder.files.read_start(folder.journal.name, _MOST_BYTES).split(b"\n", 2)
        event = decode_record(lines[1]).event
    except (OSError, ValueError, IndexError):
        return ""
    return event.sweep.name if isinstance(event, SweepStarted) else ""


def sweeps_called(root: Path, name: str) -> list[str]:
    """The ids of the sweeps with a name, whatever its case, newest first. Raises InputError."""
    wanted = name.casefold()
    return [
        sweep_id
        for sweep_id in (sweep_ids(root) if name else ())
        if name_of(SweepFolder(sweeps_root(root) / sweep_id)).casefold() == wanted
    ]


def check_free(root: Path, name: str, place: str = "") -> None:
    """Raises InputError if a sweep has the name already; `place` is where the name was given."""
    for sweep_id in sweeps_called(root, name):
        raise InputError(f"{place}the sweep {sweep_id} is called {name!r} already; give another name")
