"""The list of runs, read on a thread."""

from functools import partial
from pathlib import Path

from tui_lab.errors import LabError
from tui_lab.runs.index.listing import RunLine
from tui_lab.runs.index.run_index import RunIndex
from tui_lab.tui.state.background import JournalTask


class RunsFeed:
    """The list of runs, shared by all screens. `version` grows with each reading; 0: not read yet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lines: list[RunLine] = []
        self.problem = ""
        self.version = 0
        self._index = RunIndex(root)
        self._background_task: JournalTask[list[RunLine]] | None = None
        self._again: str | None = None

    def refresh(self, unfollowed: str = "") -> int:
        """Start reading the folder; if that is already in progress, it is read again afterwards.

        `unfollowed`: a run whose line need not be current while it trains, as in `RunIndex.look`. Returns
        the version that will include everything that exists now.
        """
        if self._background_task is None:
            self._background_task = JournalTask(partial(self._index.look, unfollowed))
            return self.version + 1
        self._again = unfollowed if self._again is None else ""
        return self.version + 2

    @property
    def reading(self) -> str:
        """How far a long journal is read, with a bar; empty if none is being read."""
        return self._background_task.words if self._background_task is not None else ""

    def collect(self) -> bool:
        """Process a finished reading; returns whether there was one."""
        if self._background_task is None or not self._background_task.done:
            return False
        task, self._background_task = self._background_task, None
        self.version += 1
        try:
            self.lines, self.problem = task.result(), ""
        except (LabError, OSError) as error:
            self.problem = str(error)
        if self._again is not None:
            again, self._again = self._again, None
            self.refresh(again)
        return True

    def wait(self) -> None:
        """Wait until no reading is in progress."""
        while self._background_task is not None:
            self._background_task.wait()
            self.collect()

    def training(self, but: str | None) -> list[RunLine]:
        """The runs that are training, except the one with that id."""
        return [line for line in self.lines if line.status == "running" and line.id != but]
