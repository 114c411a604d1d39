"""The list of runs, read on a thread."""

from pathlib import Path

from tui_lab.errors import LabError
from tui_lab.runs.index.listing import RunLine
from tui_lab.runs.index.run_index import Roster
from tui_lab.tui.state.background import JournalErrand


class RunsFeed:
    """The list of runs, shared by all screens. `version` grows with each reading; 0: not read yet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lines: list[RunLine] = []
        self.problem = ""
        self.version = 0
        self._roster = Roster(root)
        self._errand: JournalErrand[list[RunLine]] | None = None
        self._again = False

    def refresh(self) -> int:
        """Start reading the folder; if that is already in progress, it is read again afterwards.

        Returns the version that will include everything that exists now.
        """
        if self._errand is None:
            self._errand = JournalErrand(self._roster.look)
            return self.version + 1
        self._again = True
        return self.version + 2

    @property
    def reading(self) -> str:
        """How far a long journal is read, with a bar; empty if none is being read."""
        return self._errand.words if self._errand is not None else ""

    def collect(self) -> bool:
        """Process a finished reading; returns whether there was one."""
        if self._errand is None or not self._errand.done:
            return False
        errand, self._errand = self._errand, None
        self.version += 1
        try:
            self.lines, self.problem = errand.result(), ""
        except (LabError, OSError) as error:
            self.problem = str(error)
        if self._again:
            self._again = False
            self.refresh()
        return True

    def wait(self) -> None:
        """Wait until no reading is in progress."""
        while self._errand is not None:
            self._errand.wait()
            self.collect()

    def training(self, but: str | None) -> list[RunLine]:
        """The runs that are training, except the one with that id."""
        return [line for line in self.lines if line.status == "running" and line.id != but]
