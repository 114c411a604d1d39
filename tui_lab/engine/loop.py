"""The training loop: an iterator of events.

One step is one optimizer update. Commands are handled between steps; an epoch ends with validation; the
run ends with a test of the best epoch's weights.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from math import isfinite
from operator import mul
from queue import SimpleQueue
from time import perf_counter

import torch

from tui_lab.data.batches import EpochBatches, epoch_batches
from tui_lab.engine.checkpoints.last_good import ResumePoint, skipped_notes
from tui_lab.engine.checkpoints.saver import Reason, Saver
from tui_lab.engine.checkpoints.shared_undo import SharedUndo
from tui_lab.engine.checkpoints.undo_stack import UndoStack
from tui_lab.engine.diagnostics.inspection import inspect
from tui_lab.engine.diagnostics.layers_over_time import LayersOverTime
from tui_lab.engine.diagnostics.measuring_times import MeasuringTimes
from tui_lab.engine.evaluation.linear_reference import linear_reference
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.evaluation.scoring import make_scorer, score_by_torchmetrics
from tui_lab.engine.evaluation.train_metrics import make_train_scorer
from tui_lab.engine.ranks.group import LostRankError
from tui_lab.engine.setup.determinism import repeatable
from tui_lab.engine.setup.fast_forward import speed_note
from tui_lab.engine.setup.prepare import Prepared
from tui_lab.engine.state.stopping import end_as_complete, end_if_done, renew
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steering.actions import Action, Answer, Idle, Inspect, Report, Save
from tui_lab.engine.steering.command_source import CommandSource
from tui_lab.engine.steering.shared_commands import SharedCommands
from tui_lab.engine.steering.steering import Steering
from tui_lab.engine.steppers.choose import Chooser, choose_stepper
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.engine.steppers.in_ranks import rows_to_read
from tui_lab.engine.telemetry import INTERVAL_S, Telemetry
from tui_lab.errors import InputError, RunError
from tui_lab.experiment.catalogue import entry, format_value
from tui_lab.protocol.commands import Command, Inspection
from tui_lab.protocol.events import (
    EpochEnded,
    Event,
    RunEnded,
    RunResumed,
    RunStarted,
    Tested,
    TimeUp,
    Warned,
)
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import EditQueued
from tui_lab.safe import safe


def run(
    prepared: Prepared,
    commands: SimpleQueue[Command],
    interval_s: float = INTERVAL_S,
    saver: Saver | None = None,
    resume: ResumePoint | None = None,
    plan: Sequence[Planned] = (),
    measured_share: float = 0.0,
    steppers: Callable[[Training], Chooser] | None = None,
) -> Iterator[Event]:
    """Train a prepared experiment; yields every event, from `RunStarted` (or `RunResumed`) to `RunEnded`.

    `commands` is polled between steps. `interval_s` is the minimum time between two `Measured`; 0 reports
    every step. Without a `saver` nothing is saved. With `resume` the run continues from that checkpoint.
    `plan`: commands to carry out at given steps, in order. `measured_share`: the share of the time in which
    layers are measured, infinite to measure them at each step; the run is the same with any. Where several
    ranks train, each does this: rank 0 with the commands and the saver, and with what a clock decides.
    `steppers`: asked at once for what is to choose the steppers of the run's training.
    """
    return _Loop(prepared, commands, interval_s, saver, resume, plan, measured_share, steppers).events()


class _Loop:
    """A run in progress: its training state, its commands and its reports."""

    def __init__(
        self,
        prepared: Prepared,
        commands: SimpleQueue[Command],
        interval_s: float,
        saver: Saver | None,
        resume: ResumePoint | None,
        plan: Sequence[Planned],
        measured_share: float,
        steppers: Callable[[Training], Chooser] | None,
    ) -> None:
        self._prepared, self._data, self._ranks = prepared, prepared.dataset, prepared.ranks
        task = prepared.experiment.task
        self._score = make_scorer(task, self._data.val, self._data)
        self._score_training = make_train_scorer(task, self._data)
        self._training = Training(prepared)
        self._chooser = steppers(self._training) if steppers is not None else None
        self._telemetry = Telemetry(interval_s)
        self._layers = LayersOverTime(self._training, MeasuringTimes(measured_share))
        self._saver, self._resume = saver, resume
        self._time_up = False
        self._inspected_s = 0.0
        self._comparison = self._compare() if self._ranks.leads else iter(())
        # For what is in force; None after anything may have changed.
        self._stepper: EagerStepper | None = None
        self._noted = ""  # what was last reported about how updates are made
        self._whole = resume is None  # a state that is half restored is not to be saved
        folder = saver.folder if saver else None
        if self._ranks.many:
            undo: UndoStack = SharedUndo(folder, prepared.device, self._ranks)
            self._source: CommandSource = SharedCommands(commands, plan, self._ranks)
        else:
            undo, self._source = UndoStack(folder, prepared.device), CommandSource(commands, plan)
        self._steering = Steering(self._training, self._source, undo)

    def events(self) -> Iterator[Event]:
        try:
            with repeatable(self._prepared.device) as self._unrepeatable:
                yield from self._train()
        except LostRankError:  # in the middle of an update
            raise
        except Exception:
            if self._whole:
                yield from self._save_what_there_is()
            raise

    def _train(self) -> Iterator[Event]:
        training, steering = self._training, self._steering
        yield from self._begin()
        self._ranks.share(None)  # with it: whether there are commands
        while training.end is None:
            began, apart_s = perf_counter(), self._apart_s
            yield from self._train_epoch()
            if training.end is None and not steering.restart:
                if steering.pausing:
                    yield from self._tell()
                yield self._close_epoch(perf_counter() - began - (self._apart_s - apart_s))
                if self._time_up:
                    yield TimeUp(training.step, training.epoch, training.seconds)
                yield from self._comparison
                yield from self._save_if_due()
        yield from self._tell()
        yield from self._save("end")
        steering.close()
        if training.best.epoch and steering.test_wanted and self._ranks.leads:
            yield self._test()
        yield from self._perform(steering.refuse_the_rest())
        yield training.end

    def _begin(self) -> Iterator[Event]:
        training, resume = self._training, self._resume
        training.network.train()
        if resume is None or resume.fork:
            yield from self._prepared.opening
            if note := speed_note(self._prepared, training.hyper):
                yield Warned(note)
        if resume is None:
            torch.manual_seed(training.hyper.seed)
            if training.transferred:  # its source may be gone when the run is replayed
                yield from self._save("origin")
            return
        self._restore(resume)
        renew(training)
        if resume.fork:
            training.become(self._prepared.experiment.hyperparameters)
            yield from self._save("origin")
        else:
            environment = next(e.environment for e in self._prepared.opening if isinstance(e, RunStarted))
            yield RunResumed(resume.file, training.step, training.epoch, environment, training.edits)
        for text in skipped_notes(resume.skipped):
            yield Warned(text)
        for name, value in training.queued.items():
            yield EditQueued(training.step, name, value, training.reasons.get(name, ""))
        if training.epoch >= training.hyper.epochs and not self._source.goes_on(training.step):
            end_as_complete(training)

    def _restore(self, resume: ResumePoint) -> None:
        """Take over the state of a checkpoint, which may be whole and yet of another network."""
        try:
            self._training.restore(resume.state)
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise RunError(
                f"{resume.file}: does not fit the network and the optimizer of this run "
                f"({type(error).__name__}: {safe(error, 200)})"
            ) from None
        self._whole = True

    def _train_epoch(self) -> Iterator[Event]:
        """Run the remaining steps of the current epoch, unless the run ends or the state changes."""
        training, telemetry, steering = self._training, self._telemetry, self._steering
        yield from self._perform(steering.begin_epoch())
        training.begin_epoch()
        position = training.position
        telemetry.begin_epoch(training.epoch + 1, training.step - position, position)
        read = rows_to_read(training)
        order = training.order
        with closing(epoch_batches(self._data.train, training.sizes, order, position, read)) as batches:
            yield from self._train_with(batches)

    def _train_with(self, batches: EpochBatches) -> Iterator[Event]:
        training, telemetry, steering = self._training, self._telemetry, self._steering
        measuring = self._layers.times
        while batches.left:
            if steering.wanted:
                yield from self._perform(steering.attend())
                if training.end is not None or steering.restart:
                    return
            stepper = self._stepper or self._choose_stepper()
            if training.step >= measuring.due_at and self._layers.due:
                made = self._layers.around(stepper, batches)
            else:
                free = self._source.free_until(training.step)
                made = stepper.advance(batches, min(free, measuring.due_at - training.step))
            if not made:
                break
            if stepper.note and stepper.note != self._noted:
                self._noted = stepper.note
                yield Warned(self._noted)
            if (probed := stepper.probed()) is not None:
                yield from self._tell()
                yield probed
                steering.stepped()
                self._stepper = None
            if telemetry.due:
                yield from self._tell()
                if training.end is not None:
                    return
                yield from self._save_if_due()
        self._collect()

    def _choose_stepper(self) -> EagerStepper:
        names = self._prepared.layer_names if self._steering.probing else None
        self._stepper = (self._chooser or choose_stepper)(self._training, names)
        return self._stepper

    def _perform(self, actions: Iterator[Action]) -> Iterator[Event]:
        for action in actions:
            self._stepper = None
            match action:
                case Report():
                    yield from self._tell()
                case Answer(event):
                    self._layers.times.soon(self._training.step)
                    yield event
                case Save(reason):
                    yield from self._save(reason)
                case Inspect(command) if self._ranks.leads:
                    yield self._inspect(command)
                case Idle():
                    yield from self._save_again()

    @property
    def _apart_s(self) -> float:
        """The time so far that was not spent on this training: in pauses, on what was asked, on others."""
        return self._source.waited_s + self._inspected_s + self._training.elsewhere_s

    def _inspect(self, command: Inspection) -> Event:
        began = perf_counter()
        try:
            return inspect(self._training, command)
        except InputError as error:
            return self._steering.refusal(command, str(error)).event
        finally:
            self._inspected_s += perf_counter() - began

    def _close_epoch(self, seconds: float) -> Event:
        """The epoch's mean training loss, the validation, the schedule, and whether the run is over."""
        training, sizes = self._training, self._training.sizes
        rows = sum(sizes)
        train_loss = sum(map(mul, training.losses.since(0), sizes)) / rows
        of_training = self._score_training(training.outputs, rows)
        stepper = self._stepper or self._choose_stepper()
        with training.validated_weights():
            scores = self._score(stepper.outputs_of(self._data.val))
            scores, seconds = self._ranks.share((scores, seconds))  # there is one clock
            best = training.best.offer(training.epoch + 1, scores.loss)
        training.end_epoch()
        training.seconds += seconds
        event = EpochEnded(
            epoch=training.epoch,
            step=training.step,
            train_loss=train_loss,
            val_loss=scores.loss,
            lr=training.rate.in_force,
            seconds=round(seconds * 2**20) / 2**20,  # the bits after a microsecond only fill the journal
            metrics=scores.metrics,
            class_recall=scores.class_recall,
            best=best,
            train_metrics=of_training,
        )
        training.rate.after_epoch(scores.loss)
        self._steering.epoch_ended()
        if not isfinite(scores.loss):
            self._end_as_diverged(f"the validation loss of epoch {training.epoch} is not finite")
        elif not self._source.goes_on(training.step):
            self._time_up = end_if_done(training, time_was_up=self._source.time_was_up(training.step))
        return event

    def _compare(self) -> Iterator[Event]:
        """What a linear model reaches; once, after the first epoch, so that the start does not wait."""
        linear = linear_reference(self._prepared.experiment.task, self._data)
        if linear is not None:
            yield linear

    def _tell(self) -> Iterator[Event]:
        self._collect()
        event = self._telemetry.tell()
        if event is not None:
            yield event
        yield from self._layers.news()
        yield from self._unrepeatable.news()

    def _save_if_due(self) -> Iterator[Event]:
        if self._saver is not None and self._saver.due and self._training.end is None:
            yield from self._save("due")

    def _save(self, reason: Reason) -> Iterator[Event]:
        if self._saver is not None:
            yield self._saver.save(self._training.capture(), reason)

    def _save_again(self) -> Iterator[Event]:
        """Try to save again while paused: a paused run has no other chance to report."""
        if self._saver is not None and self._saver.failed:
            yield from self._save_if_due()

    def _save_what_there_is(self) -> Iterator[Event]:
        """After a failure: save the current weights if that is still possible."""
        events: list[Event] = []
        with suppress(Exception):  # report the original failure
            events += self._tell()
            events += self._save("end")
        yield from events

    def _collect(self) -> None:
        """Collect what was measured; a non-finite loss ends the run before its update."""
        training = self._training
        bad = self._telemetry.collect(training)
        if bad is None or training.end is not None:
            return
        training.rewind_to(bad - 1)
        self._end_as_diverged(
            f"the loss of step {bad} (epoch {training.epoch + 1}) is not finite; that update was "
            f"not applied, so the weights are those after step {training.step}"
        )

    def _end_as_diverged(self, message: str) -> None:
        lr, began = self._training.hyper.lr, self._prepared.experiment.hyperparameters.lr
        typical = entry("lr").knob.typical
        if lr > began:
            better = f"{format_value(began)}, the value this run started with"
        else:
            better = format_value(min(lr / 10, typical[1] if typical else lr))
        lower = f"lower the learning rate from {format_value(lr)} to {better}"
        hint = f"{lower}, or clip the gradient with grad_clip 1"
        self._training.end = RunEnded("diverged", message, hint)

    def _test(self) -> Event:
        training, best = self._training, self._training.best
        best.restore()
        outputs = outputs_of_split(training.network, self._data.test, training.forward)
        task = self._prepared.experiment.task
        scores = score_by_torchmetrics(task, outputs, self._data.test, self._data)
        metrics = {"loss": scores.loss, **scores.metrics}
        return Tested(best.epoch, metrics, scores.class_recall)
