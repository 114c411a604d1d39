"""A run that is kept: the engine's events, stamped and written into the run folder as they come."""

import traceback
from collections.abc import Iterator
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tui_lab.errors import LabError
from tui_lab.protocol.commands import Command
from tui_lab.protocol.events import Event, Record, RunEnded
from tui_lab.runs.folder import RunFolder
from tui_lab.runs.journal import Journal
from tui_lab.session.failures import explain_failure
from tui_lab.spec.experiment import Experiment

if TYPE_CHECKING:
    from tui_lab.engine.prepare import Prepared


def prepare(experiment: Experiment) -> "Prepared":
    """Check an experiment and make all it needs; loads torch. Raises InputError in words."""
    from tui_lab.engine.prepare import prepare as prepare_engine

    return prepare_engine(experiment)


def record_run(prepared: "Prepared", folder: RunFolder, commands: SimpleQueue[Command]) -> Iterator[Record]:
    """Train and keep: every event is in the journal before it is yielded.

    What fails while training ends the run with the status `failed`; the traceback goes to the folder's
    log. Closing the iterator early ends the run as `stopped`.
    """
    from tui_lab.engine.loop import run

    with Journal.open(folder.journal) as journal:
        ended = False
        try:
            for event in _guarded(run(prepared, commands), folder):
                ended = isinstance(event, RunEnded)
                yield journal.append(event)
        finally:
            if not ended:
                journal.append(RunEnded("stopped", "the program that trained it was ended"))


def _guarded(events: Iterator[Event], folder: RunFolder) -> Iterator[Event]:
    """Pass the events on; an exception becomes the last event."""
    try:
        yield from events
    except LabError as error:
        yield RunEnded("failed", str(error))
    except Exception as error:
        with folder.log.open("a", encoding="utf-8") as log:
            traceback.print_exc(file=log)
        message, hint = explain_failure(error)
        yield RunEnded("failed", message, hint or f"the details are in {folder.log}")
