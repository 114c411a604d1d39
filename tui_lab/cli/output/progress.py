"""The progress bar of `train` on a terminal."""

import sys
from contextlib import suppress
from typing import IO, Any, Self, cast

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from tui_lab.cli.output.reporters import Reporter, epoch_text, losses_text, pace, remarks
from tui_lab.protocol.events import EpochEnded, Measured, Record
from tui_lab.protocol.view import RunView
from tui_lab.safe import sentence

_REDRAWS_A_SECOND = 4
FIRST = "waiting for the first step"


class Bar(Reporter):
    """A bar on stderr: epoch, losses, speed and time left. Warnings are printed above it."""

    def __init__(self, run_id: str) -> None:
        self._console = Console(file=cast(IO[str], _Patient()), markup=False, highlight=False)
        columns = [
            TextColumn(f"{{task.fields[{name}]}}", markup=False) for name in ("epoch", "losses", "pace")
        ]
        self._progress = Progress(
            columns[0],
            BarColumn(bar_width=None),
            *columns[1:],
            console=self._console,
            refresh_per_second=_REDRAWS_A_SECOND,
            expand=True,
            redirect_stdout=False,
            redirect_stderr=False,
            transient=True,
        )
        self._say(f"run {run_id}")
        self._task = self._progress.add_task("", total=None, epoch=FIRST, losses="", pace="")

    def hear(self, record: Record, view: RunView) -> None:
        for line in remarks(record.event):
            self._say(line)
        if isinstance(record.event, Measured | EpochEnded):
            self._progress.update(
                self._task,
                total=view.total_steps,
                completed=view.step,
                epoch=epoch_text(view),
                losses=losses_text(view),
                pace=pace(view),
            )

    def _say(self, text: str) -> None:
        self._console.print(Text(sentence(text)))

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar and show the cursor again."""
        self._progress.stop()


class _Patient:
    """stderr, except that a vanished terminal is not an error: training continues."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)
