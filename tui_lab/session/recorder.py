"""Recording a run: the engine's events, numbered, dated and written to the run folder as they come."""

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tui_lab.errors import InputError, LabError
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.commands import Command
from tui_lab.protocol.events import CheckpointSaved, Event, Record, RunEnded
from tui_lab.protocol.steering_events import (
    Continued,
    Edited,
    EditQueued,
    Paused,
    Superseded,
    Undone,
    Withdrawn,
)
from tui_lab.runs.folder.folder import LOG, RunFolder
from tui_lab.runs.folder.large_answers import LARGE, set_aside
from tui_lab.runs.folder.lock import take
from tui_lab.runs.folder.summary import facts, remember_facts
from tui_lab.runs.journal.journal import Journal
from tui_lab.session import measured_share, save_interval
from tui_lab.session.failures import explain_failure, is_out_of_memory
from tui_lab.session.gpu_watch import load_of, with_gpu_load
from tui_lab.session.notify.notifier import Notifier
from tui_lab.session.notify.targets import targets

if TYPE_CHECKING:
    from tui_lab.engine.checkpoints.last_good import ResumePoint
    from tui_lab.engine.setup.prepare import Prepared
    from tui_lab.engine.state.training_state import Training
    from tui_lab.engine.steppers.choose import Chooser
    from tui_lab.protocol.planned import Planned

_DURABLE = (CheckpointSaved, Edited, EditQueued, Withdrawn, Superseded, Undone, Paused, Continued)


def prepare(
    experiment: Experiment,
    progress: Callable[[float], None] | None = None,
    *,
    anew: bool = True,
    code: Code = NO_CODE,
) -> "Prepared":
    """Check an experiment and prepare what it needs; loads torch. Raises InputError.

    `progress` is called with the fraction of the data read. `anew`: False when continuing from a checkpoint.
    `code`: which user code may run.
    """
    from tui_lab.engine.setup.prepare import prepare as prepare_engine

    # invalid values are refused before anything starts
    save_interval.save_every_s(), measured_share.measured_share(), targets()
    try:
        return prepare_engine(experiment, progress, anew=anew, code=code)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        hyper = experiment.hyperparameters
        words = explain_failure(error, hyper.batch_size, hyper.accumulate)
        raise InputError("; ".join(words)) from None


def record_run(
    prepared: "Prepared",
    folder: RunFolder,
    commands: SimpleQueue[Command],
    resume: "ResumePoint | None" = None,
    save_every_s: float | None = None,
    plan: "Sequence[Planned]" = (),
    *,
    diagnostics: bool = True,
    save_at_once: bool = True,
    steppers: "Callable[[Training], Chooser] | None" = None,
) -> Iterator[Record]:
    """Train and record: an event is in the journal before it is yielded, except for step losses and fast
    epochs, which may wait a moment; what cannot be reproduced (a checkpoint, an edit) is on disk. For images
    and evaluations the journal only notes that there were any.

    With `resume` the run continues from there and follows the `plan` at its steps. `save_every_s`: seconds
    between two checkpoints, None for the default. `diagnostics`: whether layers are measured now and then.
    `save_at_once`: the first checkpoint is made early, so that a killed run can resume; without it a run that
    is shorter than `save_every_s` only has that of its end. `steppers`: see `run`.
    An error during training ends the run with the status `failed`; the traceback goes to the folder's log.
    Closing the iterator early ends the run as `stopped`. Raises RunError if another process trains the run,
    or if events were lost.
    """
    from tui_lab.engine.checkpoints.saver import Saver
    from tui_lab.engine.loop import run

    with take(folder):  # before the saver, which removes the partial files of a killed process
        goes_on_from = resume.file if resume is not None and not resume.fork else ""
        every_s = save_interval.save_every_s() if save_every_s is None else save_every_s
        share = measured_share.measured_share() if diagnostics else 0.0
        saver = Saver(folder.checkpoints, every_s, goes_on_from, at_once=save_at_once)
        notifier = Notifier(folder, targets())
        with Journal.open(folder.journal) as journal:
            saver.journal_is_whole = lambda: not (journal.failed or journal.dropped)
            ended = False
            try:
                events = run(
                    prepared,
                    commands,
                    saver=saver,
                    resume=resume,
                    plan=plan,
                    measured_share=share,
                    steppers=steppers,
                )
                if prepared.device.type == "cuda":
                    events = with_gpu_load(events, load_of(prepared.device))
                for event in _guarded(events, folder, prepared.experiment.hyperparameters):
                    ended = isinstance(event, RunEnded)
                    notifier.hear(event)
                    if isinstance(event, LARGE):
                        noted = journal.append(set_aside(folder, event))
                        yield replace(noted, event=event)
                        continue
                    record = journal.append(event)
                    if isinstance(event, _DURABLE):
                        journal.sync()
                    yield record
            finally:
                if not ended:
                    stopped = RunEnded("stopped", "the training process was ended")
                    journal.append(stopped)
                    notifier.hear(stopped)
        if journal.view is not None and not goes_on_from:
            remember_facts(folder, journal.view)
        else:  # what an earlier process wrote may be damaged, or cut off
            facts(folder)


def _guarded(events: Iterator[Event], folder: RunFolder, hyper: Hyperparameters) -> Iterator[Event]:
    """Pass the events on; an exception becomes the last event. `hyper`: the initial ones."""
    try:
        for event in events:
            if isinstance(event, Edited):
                hyper = hyper.model_copy(update={event.name: event.new})
            yield event
    except LabError as error:
        yield RunEnded("failed", str(error))
    except Exception as error:
        message, hint = explain_failure(error, hyper.batch_size, hyper.accumulate)
        try:
            fd = folder.files.open_to_write(LOG, os.O_WRONLY | os.O_APPEND)
            with os.fdopen(fd, "a", encoding="utf-8") as log:
                traceback.print_exc(file=log)
            hint = hint or f"details are in {folder.log}"
        except OSError:
            hint = hint or "details could not be written to the run's folder"
        yield RunEnded("failed", message, hint)
