"""The names that users gave to sweeps."""

from tui_lab.protocol.sweeps.events import SweepStarted, decode_record
from tui_lab.runs.folder.folder import RunFolder

_MOST_BYTES = 4_000_000


def name_of(folder: RunFolder) -> str:
    """The name of a sweep; empty if it has none, or if its journal cannot be read."""
    try:
        lines = folder.files.read(folder.journal.name, _MOST_BYTES).split(b"\n", 2)
        event = decode_record(lines[1]).event
    except (OSError, ValueError, IndexError):
        return ""
    return event.sweep.name if isinstance(event, SweepStarted) else ""
