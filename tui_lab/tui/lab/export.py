"""Exporting the run on the screen to the current folder."""

from dataclasses import replace
from pathlib import Path

from tui_lab.errors import LabError
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.tui.state.background import BackgroundTask
from tui_lab.tui.style.format import progress_bar

SHORT_EPOCHS = 2000
"""Up to this many epochs are written without a thread."""


class Export:
    """An export to `<run id>.json`. A long run is written on a thread, in its state at the start."""

    def __init__(self, run: RunFolder, view: RunView, folder: Path) -> None:
        self._path = folder / f"{run.run_id}.json"
        self._share = 0.0
        self._run = run
        # A copy: the view changes while the thread writes.
        self._view = replace(view, history=view.history.part(0), ledger=list(view.ledger))
        self._background_task: BackgroundTask[str] | None = None
        self._told = ""
        if len(view.history) <= SHORT_EPOCHS:
            self._told = self._write()
        else:
            self._background_task = BackgroundTask(self._write)

    @property
    def done(self) -> bool:
        """Whether it has ended, successfully or not."""
        return self._background_task is None or self._background_task.done

    @property
    def told(self) -> str:
        """Where the file is, or why it could not be written; until then a progress bar."""
        if self._background_task is None:
            return self._told
        if self._background_task.done:
            return self._background_task.result()
        return f"exporting {self._path.name}  {progress_bar(self._share)}"

    def _write(self) -> str:
        from tui_lab.runs.export.evaluation import evaluation_of
        from tui_lab.runs.export.export import export_text
        from tui_lab.runs.files.output_file import write_text
        from tui_lab.runs.folder.labels import read_label

        try:
            label = read_label(self._run)
            found = evaluation_of(self._run)
            text = export_text(self._run.run_id, self._view, label.name, self._progress, found)
            write_text(self._path, text)
        except LabError as error:
            return f"not exported: {error}"
        except OSError as error:
            return f"not exported: {self._path}: {error.strerror or error}"
        where = f"exported: {self._path.name} in {self._path.parent}"
        return "; ".join(filter(None, (where, label.problem)))

    def _progress(self, share: float) -> None:
        self._share = share
