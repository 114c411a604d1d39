"""Reading the data of presets on a thread before any training, so that the screen can describe them."""

from collections.abc import Callable
from pathlib import Path

from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.presets import BUNDLED, DRAWN, Preset
from tui_lab.protocol.events import DataLoaded
from tui_lab.tui.state.background import BackgroundTask, problem_of

Read = Callable[[Experiment], DataLoaded]
MOST_BYTES = 16_000_000
"""Larger files are only read for training."""


class Survey:
    """Reads the data of one preset at a time, each file once. No widget.

    `known` holds the results by file name; runs and other screens add to it.
    """

    def __init__(self, known: dict[str, DataLoaded], read: Read | None) -> None:
        """`read` runs on a thread; with None nothing is read."""
        self._known, self._read = known, read
        self._background_task: BackgroundTask[DataLoaded] | None = None
        self._file = ""
        self._problems: dict[str, str] = {}

    def problem(self, preset: Preset) -> str:
        """Why the data of a preset could not be read; empty if they could be, or have not been read yet."""
        return self._problems.get(preset.data.file, "")

    def want(self, preset: Preset) -> None:
        """Start reading the data of a preset, unless known or large, or while other data are being read."""
        file, read = preset.data.file, self._read
        told = file in self._known or file in self._problems
        if read is None or self._background_task is not None or told or not quick(preset.data):
            return
        self._file = file
        self._background_task = BackgroundTask(lambda: read(preset.experiment()))

    def collect(self) -> bool:
        """Store what has been read; returns whether there was anything."""
        if self._background_task is None or not self._background_task.done:
            return False
        task, self._background_task = self._background_task, None
        try:
            self._known[self._file] = task.result()
        except Exception as error:  # nothing that a file holds may end the lab
            self._problems[self._file] = "; ".join(problem_of(error))
        return True

    def wait(self) -> None:
        """Wait until nothing is being read; for tests."""
        if self._background_task is not None:
            self._background_task.wait()


def quick(data: DataSpec) -> bool:
    """Whether reading takes little time and memory, and runs no user code."""
    if not data.record.read_early:
        return False
    path = Path(data.file)
    try:
        small = path.is_file() and path.stat().st_size <= MOST_BYTES
        return data.made or data.file.startswith((BUNDLED, DRAWN)) or small or not path.exists()
    except (OSError, ValueError):
        return False
