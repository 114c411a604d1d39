"""Run folders of trials that a killed sweep had no time to note."""

from contextlib import suppress

from tui_lab.errors import LabError
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.runs.folder.folder import run_ids
from tui_lab.runs.folder.removal import remove
from tui_lab.runs.sweeps.folder import SweepFolder


def remove_unknown(folder: SweepFolder, view: SweepView) -> None:
    """Remove the runs that no trial of the sweep names: their trials begin anew."""
    known = {trial.run_id for trial in view.trials}
    for run_id in run_ids(folder.trials):
        if run_id not in known:
            with suppress(LabError):  # its worker still saves it; the next resume removes it
                remove(folder.trial(run_id))
