"""Writing the run on the screen into the current folder."""

from pathlib import Path

from tui_lab.errors import LabError
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder import RunFolder
from tui_lab.safe import safe


def write(run: RunFolder, view: RunView, folder: Path) -> str:
    """Write `<run id>.json` and say where it is, or why it could not be written."""
    from tui_lab.runs.export import export, write_json
    from tui_lab.runs.labels import read_label

    path = folder / f"{run.run_id}.json"
    try:
        write_json(path, export(run.run_id, view, read_label(run).name))
    except LabError as error:
        return f"not exported: {safe(error, 400)}"
    except OSError as error:
        return f"not exported: {safe(path, 300)}: {error.strerror or error}"
    return f"exported: {path.name} in {safe(folder, 300)}"
