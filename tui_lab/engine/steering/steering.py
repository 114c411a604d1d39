"""Handling commands between steps: pauses, edits, undo, and replaying edits from a ledger."""

from collections.abc import Iterator
from copy import deepcopy
from time import perf_counter
from typing import Literal

from tui_lab.engine.checkpoints.undo_stack import UndoStack
from tui_lab.engine.state.live_changes import check_change
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steering.actions import Action, Answer, Idle, Inspect, Report, Save
from tui_lab.engine.steering.command_source import CommandSource
from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import Value, check, check_live, entry, format_value
from tui_lab.protocol.commands import (
    LONGEST_WHY,
    Advance,
    Checkpoint,
    Command,
    Edit,
    Evaluate,
    Look,
    Pause,
    Resume,
    Show,
    Stop,
    Try,
    Undo,
)
from tui_lab.protocol.events import RunEnded
from tui_lab.protocol.fit import DrawFit
from tui_lab.protocol.steering_events import (
    Advancing,
    CommandRefused,
    Continued,
    Edited,
    EditQueued,
    Paused,
    Superseded,
    Undone,
    Withdrawn,
)
from tui_lab.safe import safe


class Steering:
    """Carries out commands on the training, and tells the loop what else to do for them.

    `attend` handles pending commands and, while the run is paused, waits for more. `restart` is set if the
    current epoch must be entered again (at its `position`) because the state was replaced.
    """

    def __init__(self, training: Training, source: CommandSource, undo: UndoStack) -> None:
        self._training, self._source, self._undo = training, source, undo
        self._paused_at: float | None = None
        self._advance: Literal["step", "epoch"] | None = None
        self._queued_after: dict[str, int] = {}  # the number of edits in effect when an edit was queued
        self.restart = False
        self.test_wanted = True

    @property
    def wanted(self) -> bool:
        """Whether `attend` has something to do before the next step."""
        return self._paused_at is not None or self._source.pending

    @property
    def probing(self) -> bool:
        """Whether the next step is a single manual one."""
        return self._advance == "step"

    @property
    def pausing(self) -> bool:
        """Whether the run pauses after the current epoch."""
        return self._advance == "epoch"

    def begin_epoch(self) -> Iterator[Action]:
        """Apply the edits queued for the next epoch."""
        training = self._training
        self.restart = False
        if not training.position:
            queued, training.queued = training.queued, {}
            reasons, training.reasons = training.reasons, {}
            for name, value in queued.items():
                yield from self._change(name, value, reasons.get(name, ""))

    def stepped(self) -> None:
        if self._advance == "step":
            self._advance = None

    def epoch_ended(self) -> None:
        self._advance = None

    def close(self) -> None:
        self._undo.close()

    def refuse_the_rest(self) -> Iterator[Action]:
        """Answer the commands that came too late: every command gets an answer."""
        for command in self._source.the_rest():
            if not isinstance(command, Stop):
                yield self.refusal(command, "the run is over")

    def attend(self) -> Iterator[Action]:
        """Handle commands; ends when the next step may run, the run is over, or `restart` is set."""
        training = self._training
        while training.end is None and not self.restart:
            asked = self._source.poll(training.step)
            if asked is None:
                if self._paused_at is None or self._advance is not None:
                    return
                asked = self._source.wait()
            if asked is None:
                yield Idle()
            else:
                yield from self._obey(*asked)

    def _obey(self, command: Command, planned: bool) -> Iterator[Action]:
        yield Report()
        training = self._training
        if training.end is not None:
            return
        try:
            match command:
                case Edit() as edit:
                    yield from self._edit(edit, newer=not planned)
                case Undo():
                    yield from self._step_back()
                case Pause():
                    yield self._pause()
                    yield Save("due")
                case Resume():
                    yield self._go_on()
                case Advance(by=by):
                    trained = self._paused_at is None
                    if trained:
                        yield self._pause()
                    self._advance = by
                    yield Answer(Advancing(training.step, training.epoch, by))
                    if trained:
                        yield Save("due")
                case Checkpoint():
                    yield Save("asked")
                case Look() | Show() | Evaluate() | Try() | DrawFit():
                    yield Inspect(command)
                case Stop(test=test):
                    self.test_wanted = test
                    training.end = RunEnded("stopped", f"stopped on request after step {training.step}")
        except InputError as error:
            yield self.refusal(command, str(error))

    def refusal(self, command: Command, why: str) -> Answer:
        """The answer to a command that cannot be carried out."""
        name = safe(command.name, 60) if isinstance(command, Edit) else ""
        value = _shown(command.value) if isinstance(command, Edit) else ""
        return Answer(CommandRefused(self._training.step, command.command, why, name, value))

    def _edit(self, edit: Edit, *, newer: bool) -> Iterator[Action]:
        """Make an edit. A `newer` one replaces those of the same hyperparameter that are still planned."""
        training, name, why = self._training, edit.name, edit.why
        check_live(name, "fork the run, or start a new one")
        value = check(name, edit.value)
        if len(why) > LONGEST_WHY:
            raise InputError(f"{name}: the reason is longer than {LONGEST_WHY} characters")
        if value == training.queued.get(name, getattr(training.hyper, name)):
            if newer and (replaced := self._drop_planned(name)):
                yield from replaced
                return
            raise InputError(f"{name} is already {format_value(value)}")
        check_change(training, name, value)
        if entry(name).knob.takes_effect == "next step":
            yield from self._change(name, value, why)
        elif value == getattr(training.hyper, name):
            yield self._withdraw(name)
        else:
            training.queued.pop(name, None)  # this edit replaces it
            training.queued[name] = value
            training.reasons.pop(name, None)
            if why:
                training.reasons[name] = why
            self._queued_after[name] = training.edits
            yield Answer(EditQueued(training.step, name, value, why))
            self.restart = not training.position  # no step of this epoch has run: it can start with it
        if newer:
            yield from self._drop_planned(name)

    def _drop_planned(self, name: str) -> list[Action]:
        """Remove the planned edits of a hyperparameter; returns an answer for each."""
        step = self._training.step
        return [
            Answer(Superseded(step, name, edit.value, planned_at))
            for edit, planned_at in self._source.drop_edits(name)
        ]

    def _change(self, name: str, value: Value, why: str) -> Iterator[Action]:
        training = self._training
        before, old = deepcopy(training.capture()), getattr(training.hyper, name)
        note = training.change(name, value)
        training.edits += 1
        edited = Edited(training.step, training.epoch, name, old, value, len(training.sizes), note, why)
        self._undo.push(edited, before)
        yield Answer(edited)

    def _step_back(self) -> Iterator[Action]:
        training = self._training
        latest = next(reversed(training.queued), None)
        if latest is not None and self._queued_after.get(latest, training.edits) == training.edits:
            yield self._withdraw(latest)
            return
        edited, state = self._undo.pop()
        from_step, waits = training.step, training.queued
        training.restore(state)
        # An edit that was queued then and is not now took effect after it, and is already undone.
        training.queued = {name: value for name, value in training.queued.items() if name in waits}
        self.restart, self._advance = True, None
        yield Save("due")  # before reporting it: later checkpoints are obsolete
        undone = Undone(
            training.step, training.epoch, edited.name, edited.old, edited.new, from_step,
            training.edits, len(training.sizes),
        )  # fmt: skip
        yield Answer(undone)

    def _withdraw(self, name: str) -> Answer:
        self._training.reasons.pop(name, None)
        return Answer(Withdrawn(self._training.step, name, self._training.queued.pop(name)))

    def _pause(self) -> Answer:
        if self._paused_at is None:
            self._paused_at = perf_counter()
        elif self._advance is None:
            raise InputError("the run is already paused")
        self._advance = None
        return Answer(Paused(self._training.step, self._training.epoch))

    def _go_on(self) -> Answer:
        if self._paused_at is None:
            raise InputError("the run is not paused")
        seconds, self._paused_at = perf_counter() - self._paused_at, None
        self._advance = None
        return Answer(Continued(self._training.step, self._training.epoch, seconds))


def _shown(value: Value) -> str:
    return safe(format_value(value), 60)
