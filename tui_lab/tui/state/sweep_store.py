"""The sweeps on disk, for the lab."""

from pathlib import Path

from tui_lab.errors import LabError
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.runs.folder.removal import remove
from tui_lab.runs.sweeps.folder import SweepFolder, sweep_ids, sweeps_root
from tui_lab.runs.sweeps.names import check_free
from tui_lab.session.sweeps.client import SweepClient
from tui_lab.session.sweeps.jobs import NewSweep, ResumedSweep
from tui_lab.session.sweeps.start import start_sweep
from tui_lab.tui.state.sweeps import SweepLine, line_of

_Stamp = tuple[int, int]


class SweepStore:
    """The sweeps of a folder of runs. The list follows those that train; the others are read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._followed: dict[str, SweepClient] = {}
        self._read: dict[str, tuple[_Stamp, SweepLine]] = {}
        """What was read, with the time and size of the journal then."""

    def lines(self) -> list[SweepLine]:
        """All sweeps, the newest first. Raises InputError if the folder cannot be read."""
        ids = sweep_ids(self._root)
        for gone in self._read.keys() - set(ids):
            del self._read[gone]
        self._followed = {one: client for one, client in self._followed.items() if one in ids}
        return [self._line(sweep_id) for sweep_id in ids]

    def _line(self, sweep_id: str) -> SweepLine:
        folder = self._folder(sweep_id)
        stamp = _stamp(folder)
        if sweep_id not in self._followed and (known := self._read.get(sweep_id)) and known[0] == stamp:
            return known[1]
        try:
            client = self._followed.get(sweep_id) or SweepClient(folder)
        except LabError as error:
            line = SweepLine(sweep_id, message=str(error))
        else:
            client.poll()
            line = line_of(sweep_id, client.view)
            if client.alive:
                self._followed[sweep_id] = client
                return line
        self._followed.pop(sweep_id, None)
        self._read[sweep_id] = stamp, line
        return line

    def start(self, sweep: Sweep) -> str:
        """Takes seconds: a trial is tried first. Raises InputError if it is refused, RunError if it dies."""
        check_free(self._root, sweep.name)
        return start_sweep(NewSweep(sweep=sweep, root=str(self._root)))

    def resume(self, sweep_id: str) -> None:
        """Raises InputError if it is refused, RunError if its process dies."""
        start_sweep(ResumedSweep(folder=str(self._folder(sweep_id).path)))

    def remove(self, sweep_id: str) -> None:
        """Raises RunError if it is in training, or cannot be deleted."""
        remove(self._folder(sweep_id))

    def follow(self, sweep_id: str) -> SweepClient:
        """Raises RunError if its journal cannot be read."""
        return SweepClient(self._folder(sweep_id))

    def trials(self, sweep_id: str) -> Path:
        return self._folder(sweep_id).trials

    def _folder(self, sweep_id: str) -> SweepFolder:
        return SweepFolder(sweeps_root(self._root) / sweep_id)


def _stamp(folder: SweepFolder) -> _Stamp:
    """The time and size of the journal; zeros if there is none."""
    try:
        found = folder.journal.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
