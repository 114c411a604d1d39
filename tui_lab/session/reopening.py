"""A run of before, or one that somebody else trains, as a screen shows it again."""

from dataclasses import dataclass

from tui_lab.protocol.view import RunView
from tui_lab.runs.folder import RunFolder
from tui_lab.runs.lock import held
from tui_lab.runs.reading import load_run
from tui_lab.session.client import Client
from tui_lab.session.remote import RemoteSession


@dataclass(frozen=True, slots=True)
class Reopened:
    """A run as far as its journal tells; `client` gives what is still to come, None if nothing is."""

    folder: RunFolder
    view: RunView
    client: Client | None


def reopen(folder: RunFolder) -> Reopened:
    """Read a run, and follow it on if it is being trained. A long journal takes a while: call it on a thread.

    Raises RunError if there is no journal that can be read.
    """
    if held(folder) is not None:
        view, session = RemoteSession.opened(folder)
        if view.status == "running":
            return Reopened(folder, view, session)
    run = load_run(folder)
    run.view.warnings.extend(run.problems)
    return Reopened(folder, run.view, None)
