"""`RunView`: the state of a run, folded from its records.

The live screen, a reopened run, the export and the comparison of runs all read a view; replaying a journal
gives the same view as watching the run live.
"""

from dataclasses import dataclass

from tui_lab.experiment.catalogue import Value
from tui_lab.protocol.events import (
    CheckpointFailed,
    CheckpointSaved,
    DataLoaded,
    EpochEnded,
    Measured,
    ModelBuilt,
    Record,
    RunEnded,
    RunResumed,
    RunStarted,
    Tested,
    TimeUp,
    Warned,
    WeightsTransferred,
)
from tui_lab.protocol.fit import FitDrawn
from tui_lab.protocol.layer_events import LayersMeasured, remembered
from tui_lab.protocol.observed_events import MOST_OBSERVED, GpuObserved, LinearFitted
from tui_lab.protocol.pace import plausible
from tui_lab.protocol.pending import edits_before, pending_after, settled
from tui_lab.protocol.steering_events import (
    Advancing,
    CommandRefused,
    Continued,
    Edited,
    EditQueued,
    Evaluated,
    ForwardProbed,
    Paused,
    SamplesShown,
    StepProbed,
    Superseded,
    Tried,
    Undone,
    Withdrawn,
)
from tui_lab.protocol.thinning import extended
from tui_lab.protocol.view_state import MAX_BRANCHES, MAX_STEP_POINTS, Branch, ViewState


@dataclass
class RunView(ViewState):
    """A run according to its records. `apply` takes records in order of `seq`.

    If the journal line of a resume or an undo is damaged, the following records show that the run went back:
    steps reported again replace those reported before.
    """

    def apply(self, record: Record) -> None:
        self.seq = record.seq
        match record.event:
            case Measured() as measured:
                self._train(record.time, measured.epoch, measured.step)
                for name, points in measured.series.items():
                    self.series[name] = extended(self.series.get(name, []), points, MAX_STEP_POINTS)
            case LayersMeasured() as layers:
                self.layers = remembered(self.layers, layers)
            case EpochEnded() as ended:
                self._train(record.time, ended.epoch, ended.step)
                self.advancing = False
                before = self.history.last
                if before is not None and ended.epoch <= before.epoch:
                    self._cut_history(ended.epoch - 1)
                self.history.append(ended)
                self.epochs_s += plausible(ended.seconds)
                if ended.best:
                    self.best = ended
            case RunStarted() as started:
                self.started = record.time
                self.experiment = started.experiment
                self.environment = started.environment
                self.hyper = started.experiment.hyperparameters
                self.origin = started.origin
                if self.origin is not None:
                    self.step, self.epoch = self.origin.step, self.origin.epoch
            case DataLoaded() as data:
                self.data = data
            case ModelBuilt() as model:
                self.model = model
                self.steps_per_epoch = model.steps_per_epoch
                self.pace.begin(record.time, self.step)
            case LinearFitted() as linear:
                self.linear = linear
            case GpuObserved() as gpu:
                self.gpu = [*self.gpu, gpu][-MOST_OBSERVED:]
            case CheckpointSaved() as saved:
                self.checkpoints.append(saved)
                self.checkpoint_failed = ""
            case CheckpointFailed() as failed:
                self.checkpoint_failed = failed.message
            case RunResumed() as resumed:
                self._resume(record.time, resumed)
            case EditQueued() as queued:
                self.queued[queued.name] = queued
                self.pending = settled(self.pending, queued)
            case CommandRefused() as refused:
                self.refused = refused
                self.pending = settled(self.pending, refused)
            case Superseded() as superseded:
                self.pending = settled(self.pending, superseded)
            case Withdrawn() as withdrawn:
                self.queued.pop(withdrawn.name, None)
            case StepProbed() as probe:
                self.probe = probe
                self.advancing = False
            case Advancing():
                self.advancing = True
                self.pace.begin(record.time, self.step)
            case ForwardProbed() as look:
                self.look = look
            case SamplesShown() as shown:
                self.shown = shown
            case Evaluated() as evaluated:
                self.evaluated = evaluated
            case Tried() as tried:
                self.tried = tried
            case FitDrawn() as fit:
                self.fit = fit
            case Edited() | Undone() | Paused() | Continued() as done:
                self._steer(record.time, done)
            case WeightsTransferred() as transfer:
                self.transfer = transfer
            case Warned() as warned:
                self.warnings.append(warned.message)
            case TimeUp():
                self.time_up = True
            case Tested() as tested:
                self.tested = tested
            case RunEnded() as run_ended:
                self.ended = record.time
                self.paused = self.advancing = False
                self.pending = pending_after((), self.queued.values(), self.pending)
                self.queued = {}
                self.status = run_ended.status
                self.message, self.hint = run_ended.message, run_ended.hint

    def _steer(self, time: float, done: Edited | Undone | Paused | Continued) -> None:
        self.ledger.append((time, done))
        match done:
            case Edited():
                while self.edits and (self.edits[-1].step > done.step or self.edits[-1] == done):
                    self.edits.pop()
                self.edits.append(done)
                self.queued.pop(done.name, None)
                self.pending = settled(self.pending, done)
                self.steps_per_epoch = done.steps_per_epoch
                self._set(done.name, done.new)
            case Undone():
                self._set(done.name, done.old)
                self.steps_per_epoch = done.steps_per_epoch
                self._keep_branch(done.step, done.epoch)
                self._cut(time, done.step, done.epoch, done.edits)
                self.advancing = False
            case Paused():
                self.paused, self.advancing = True, False
            case Continued():
                self.paused = self.advancing = False
                self.pace.begin(time, self.step)

    def _set(self, name: str, value: Value) -> None:
        if self.hyper is not None:
            self.hyper = self.hyper.model_copy(update={name: value})

    def _keep_branch(self, step: int, epoch: int) -> None:
        gone = Branch(
            step,
            self.history.part(self.history.until(epoch)),
            {name: [p for p in points if p[0] > step] for name, points in self.series.items()},
        )
        if gone.history or any(gone.series.values()):
            self.undone = [*self.undone, gone][-MAX_BRANCHES:]

    def _resume(self, time: float, resumed: RunResumed) -> None:
        """Discard what came after the checkpoint: it is trained again. The edits are kept, to be repeated."""
        made = edits_before(self.edits, resumed.step, resumed.edits)
        self.pending = pending_after(self.edits[made:], self.queued.values(), self.pending)
        self.ledger.append((time, resumed))
        self.status, self.message, self.hint = "running", "", ""
        self.ended = self.tested = None
        self.time_up = False
        self.paused, self.advancing, self.queued = False, False, {}
        for edit in reversed(self.edits[made:]):
            self._set(edit.name, edit.old)
        self._cut(time, resumed.step, resumed.epoch, made)
        if self.edits:
            self.steps_per_epoch = self.edits[-1].steps_per_epoch
        elif self.model is not None:
            self.steps_per_epoch = self.model.steps_per_epoch
        self.environment = resumed.environment
        self.resumed += 1

    def _cut(self, time: float, step: int, epoch: int, edits: int) -> None:
        """Go back to the state after `step` updates, `epoch` epochs and `edits` edits.

        The last step of an epoch may be done without its end reported yet: then the epoch ends again.
        """
        self._cut_history(epoch)
        self.series = {name: [p for p in points if p[0] <= step] for name, points in self.series.items()}
        self.layers = [measured for measured in self.layers if measured.step <= step]
        self.gpu = [observed for observed in self.gpu if observed.step <= step]
        self.edits = self.edits[:edits]
        self.checkpoints = [
            s for s in self.checkpoints if s.step <= step and s.epoch <= epoch and s.edits <= edits
        ]
        self.epoch, self.step = epoch, step
        self.probe = None
        self.pace.begin(time, step)

    def _cut_history(self, epoch: int) -> None:
        self.history.cut(self.history.until(epoch))
        self.epochs_s = sum(map(plausible, self.history.column("seconds")), 0.0)
        self.best = self.history.best()

    def _train(self, time: float, epoch: int, step: int) -> None:
        self.epoch, self.step = epoch, step
        self.pace.add(time, step)
