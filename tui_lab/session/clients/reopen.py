"""Opening an earlier run, or one trained by another process, on a screen."""

from dataclasses import dataclass

from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import held
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.clients.attached import RemoteSession
from tui_lab.session.clients.client import Client


@dataclass(frozen=True, slots=True)
class Reopened:
    """A run as recorded so far; `client` delivers what is still to come, None if nothing is."""

    folder: RunFolder
    view: RunView
    client: Client | None


def reopen(folder: RunFolder) -> Reopened:
    """Read a run, and follow it if it is being trained. A long journal takes a while: call it on a thread.

    Raises RunError if there is no readable journal.
    """
    if held(folder) is not None:
        view, session = RemoteSession.opened(folder)
        if view.status == "running":
            return Reopened(folder, view, session)
    run = load_run(folder)
    run.view.warnings.extend(run.problems)
    return Reopened(folder, run.view, None)
