"""The run on the screen: requested, started, watched, stopped. No widgets, no threads."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname
from time import monotonic
from typing import Literal

from tui_lab.errors import LabError
from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Checkpoint, Command, Stop
from tui_lab.protocol.events import CheckpointFailed, CheckpointSaved, Record
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import held
from tui_lab.runs.index.listing import RunLine
from tui_lab.session.clients.client import Client
from tui_lab.session.clients.reopen import Reopened
from tui_lab.session.clients.trainers import Trainers
from tui_lab.session.jobs.jobs import Forked, Fresh, Job, Resumed
from tui_lab.session.queries.subprocess import Answer, Query
from tui_lab.tui.state.pending_edits import OF_SWEEP, UNHEARD, PendingEdits, RequestedEdits
from tui_lab.tui.state.run_state import RunState, asked_of
from tui_lab.tui.state.silence import Silence

First = Literal["step", "epoch"] | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A run from the list that is to be shown, or with `resume`, resumed."""

    run: Reopened
    line: RunLine
    resume: bool


class ShownRun(RunState):
    """One run at a time. Call `tick` on a timer.

    `view` and `run_id` belong to the run on the screen, which stays until the next one has produced an event,
    so that a refused start removes nothing. Until then `coming` holds what is known about the next one.
    `refused` says why the last start was refused. `steer` holds the edits requested of the running or
    starting run. After a fork, `parent` is the run it was forked from. `advice` says what to do after a run
    has ended, where the lab knows more than the run; empty otherwise. New runs go to `root`; the one on the
    screen is in the folder `home`, which is another one for a trial of a sweep.
    """

    def __init__(self, trainers: Trainers, root: Path) -> None:
        super().__init__(trainers)
        self.clock: Callable[[], float] = monotonic
        self.advice: Callable[[RunView], str] = lambda view: ""
        self.root = self.home = root
        self._ready = trainers.loaded
        self._early: list[Command] = []
        self._unmade: tuple[Experiment, RequestedEdits] | None = None
        self._past: RunView | None = None
        self._parent_client: Client | None = None
        self.steer = PendingEdits(lambda: self.clock())
        self.silence = Silence(root)
        self.parent: RunView | None = None
        self.run_id: str | None = None
        self.refused: tuple[str, ...] = ()

    def train(self, experiment: Experiment, first: First = None) -> bool:
        """Start a run, or queue it until `make_ready`. False if one is already running.

        With `first` the run pauses after one step, or one epoch.
        """
        if self.phase != "rest":
            return False
        self._part()
        self._past = None
        job = Fresh(experiment=experiment, root=str(self.root), first=first)
        self._start(job, asked_of(experiment))
        return True

    def attach(self, client: Client) -> None:
        """Watch a run that was started elsewhere."""
        self._part()
        self._spoke = self._stop_sent = self._ours = False
        self._client, self.coming = client, None

    def reopen(self, opened: Opened) -> bool:
        """Show or resume a run from the list; the current one keeps training. False if that is impossible."""
        run, resume = opened.run, opened.resume
        if not self.free:
            return False
        self.flush()
        self._part()
        self.steer = PendingEdits(lambda: self.clock())
        self.run_id, self.view, self.refused = run.folder.run_id, run.view, ()
        self.home = run.folder.path.parent
        self._client, self._queued, self._past = None if resume else run.client, None, None
        self._spoke, self._stop_sent, self._ours = True, False, run.client is None
        if resume:
            self._past = run.view
            self._start(Resumed(folder=str(run.folder.path)), run.view)
        return True

    @property
    def of_sweep(self) -> bool:
        """Whether the run on the screen is a trial, which is steered on the screen of its sweep only."""
        return self.home != self.root and not self.begins

    @property
    def deaf_words(self) -> str:
        """Why a command could not be delivered."""
        return OF_SWEEP if self.of_sweep else UNHEARD

    def trainer(self) -> int:
        """The id of the process that trains the run on the screen; 0 if none on this machine does."""
        if self.live is None or self.run_id is None:
            return 0
        holder = held(RunFolder(self.home / self.run_id))
        return holder.pid if holder is not None and holder.host == gethostname() else 0

    def make_ready(self) -> None:
        """Torch is loaded: start the queued run."""
        self._ready = True
        queued, self._queued = self._queued, None
        if queued is not None:
            self._begin(queued)

    def refuse(self, problems: tuple[str, ...]) -> None:
        """Record that no run can be started, and why; drop a queued one."""
        if self._queued is not None:
            self._give_back()
        self._queued = None
        self.refused = problems

    def ask(self, question: Query, kind: type[Answer]) -> Answer:
        """Answer a question about runs that are not asked themselves; blocks, as `Trainers.ask` does."""
        return self._trainers.ask(question, kind)

    def send(self, command: Command) -> bool:
        """Send a command to the running or starting run; returns whether it was accepted.

        A held value is sent first.
        """
        self.flush()
        return self._send(command)

    def edit(self, name: str, value: Value, why: str = "") -> bool:
        """Request an edit of the running or starting run; False if the request was not accepted."""
        command = self.steer.edit(name, value, why)
        heard = command is None or self.send(command)
        if not heard:
            self.steer.unheard(name, self.deaf_words)
        return heard

    def flush(self) -> None:
        """Send the held value, if there is one."""
        held = self.steer.held
        command = self.steer.release(self.shown) if held is not None and self.shown is not None else None
        if held is not None and command is not None and not self._send(command):
            self.steer.unheard(held.name, self.deaf_words)

    def _send(self, command: Command) -> bool:
        if self._queued is not None:
            self._early.append(command)
            return True
        return self._client is not None and not self.of_sweep and self._client.send(command)

    def fork(self, child: Experiment, *, parent_goes_on: bool) -> bool:
        """Start a fork of the run on the screen; False if that is impossible now.

        A parent that continues is asked for a checkpoint; otherwise it is stopped. The fork starts once that
        is done.
        """
        if self.view is None or self.run_id is None or self._fork is not None:
            return False
        self.refused = ()
        self.flush()
        if self._client is None or self._over or self.of_sweep:  # a trial is forked at its last checkpoint
            self._begin_fork(child, None)
            return True
        stays = parent_goes_on and self.outlives
        self._fork = child, stays
        sent = self._client.send(Checkpoint() if stays else Stop(test=False))
        if not sent:
            self._fork = None
        return sent

    def _begin_fork(self, child: Experiment, file: str | None) -> None:
        self._fork = None
        assert self.run_id is not None
        parent, client = self.view, self._client
        self._past = None
        job = Forked(parent=str(self.home / self.run_id), file=file, experiment=child, root=str(self.root))
        self._start(job, asked_of(child))
        if not self.refused:
            self._part()
            self.parent, self._parent_client = parent, client

    def _part(self) -> None:
        """Stop following the parent; in a host it keeps training."""
        self.parent = self._parent_client = None

    def stop(self) -> bool:
        """Stop the run, or cancel a queued one. False if there is none, or the command was not accepted."""
        if self._queued is not None:
            self._give_back()
            self._queued = None
            return True
        if self._client is None or self._stop_sent or self._over or self.of_sweep:
            return False
        self.flush()
        self._stop_sent = self._client.send(Stop())
        return self._stop_sent

    def tick(self) -> bool:
        """Process what has happened; returns whether anything did."""
        sent = self.steer.due
        if sent:
            self.flush()
        client = self._client
        if client is None:
            return sent
        ended = not client.alive  # checked first, so that draining returns all that came before the end
        past = client.past()
        records = client.drain()
        if self._spoke or self._ours:  # answers from before we watched are not ours
            self.steer.observe(records)
        if records or past is not None or not self._spoke or (self.paused and not self.steer.asked):
            self.silence.heard()
        if (past is not None or records) and not self._spoke:
            self.home = self.root
        if past is not None:
            self._spoke, self.run_id, self.view = True, client.run_id, past
        if records and not self._spoke:
            whole = records[0].seq <= 1 or self._past is None  # a thread delivers only new events
            self._spoke, self.run_id = True, client.run_id
            self.view = RunView() if whole else self._past
        if self.view is not None:
            for record in records:
                self.view.apply(record)
        followed = self._follow_parent() or self.warn_of_damage(client.damaged)
        self._look_for_fork(records)
        if ended and client is self._client:
            self._client = None
            self._trainers.restock()
            if self._spoke and self.view is not None:
                self.view.message = self.view.message or "; ".join(client.refused)
            else:
                self._refuse(client.refused)
            if self._fork is not None and self.view is not None:
                self._begin_fork(self._fork[0], None)
        return bool(records) or past is not None or ended or followed or sent

    def _follow_parent(self) -> bool:
        if self._parent_client is None or self.parent is None:
            return False
        records = self._parent_client.drain()
        for record in records:
            self.parent.apply(record)
        return bool(records)

    def _look_for_fork(self, records: list[Record]) -> None:
        """Start the waiting fork, once its checkpoint exists."""
        if self._fork is None:
            return
        for record in records:
            match record.event:
                case CheckpointSaved(file=file, reason="asked") if self._fork is not None and self._fork[1]:
                    self._begin_fork(self._fork[0], file)
                case CheckpointFailed(message=message):
                    self._fork, self.refused = None, (f"cannot fork without a checkpoint: {message}",)

    def checkpoint(self) -> None:
        """Request a checkpoint of the run."""
        if self._client is not None:
            self._send(Checkpoint())

    def leave(self) -> None:
        """Stop the run without waiting and without a test, because the user is quitting."""
        self.flush()
        self._queued = None
        if self._client is not None and not self.of_sweep:
            self._client.send(Stop(test=False))

    def close(self, timeout_s: float) -> bool:
        """End the run if there is one; returns whether nothing is training any more."""
        self._queued = None
        return self._client is None or self.of_sweep or self._client.close(timeout_s)

    def _refuse(self, problems: tuple[str, ...]) -> None:
        """The start was refused: return to the previous run, such as the parent of a fork."""
        self._give_back()
        self.refused = problems
        if self._parent_client is not None:
            self._client, self._spoke = self._parent_client, True
        self._part()

    def _give_back(self) -> None:
        """Hand the edits to a run that never started to `unmade`."""
        asked = self.coming.experiment if self.coming is not None else None
        if asked is not None and self.steer.wanted:
            self._unmade = asked, self.steer.wanted
        self.steer, self._early = PendingEdits(lambda: self.clock()), []

    def unmade(self) -> tuple[Experiment, RequestedEdits] | None:
        """The edits made to a run that never started, with its experiment; returned once."""
        found, self._unmade = self._unmade, None
        return found

    def _start(self, job: Job, coming: RunView) -> None:
        self.refused, self.coming = (), coming
        self.steer, self._early = PendingEdits(lambda: self.clock()), []
        if self._ready:
            self._begin(job)
        else:
            self._queued = job

    def _begin(self, job: Job) -> None:
        try:
            client = self._trainers.start(job)
        except LabError as error:
            self._give_back()
            self.refused = error.problems
            return
        self._spoke = self._stop_sent = False
        self._client, self._ours = client, True
        for command in self._early:
            client.send(command)
        self._early = []
