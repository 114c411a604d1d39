"""Handling commands between steps: pauses, edits, undo, and replaying edits from a ledger."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Literal

from tui_lab.engine.checkpoints.saver import Reason
from tui_lab.engine.checkpoints.undo_stack import Undo as UndoStack
from tui_lab.engine.state.live_changes import check_change
from tui_lab.engine.state.training_state import Training
from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import check, entry, format_value
from tui_lab.protocol.commands import (
    Advance,
    Checkpoint,
    Command,
    Edit,
    Look,
    Pause,
    Resume,
    Show,
    Stop,
    Undo,
)
from tui_lab.protocol.events import Event, RunEnded
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import (
    Advancing,
    CommandRefused,
    Continued,
    Edited,
    EditQueued,
    Paused,
    Superseded,
    Undone,
    Value,
    Withdrawn,
)
from tui_lab.safe import safe

REST_S = 1.0
"""How long a paused run waits for a command before it checks whether to save again."""


class Steering:
    """Carries out commands.

    `attend` handles pending commands and, while the run is paused, waits for more. `restart` is set if the
    current epoch must be entered again (at its `position`) because the state was replaced. `tell` yields step
    losses not reported yet, which come before the answer to a command. `save` saves a checkpoint, `look`
    passes a batch through the network, `show` samples images. `rest` is called now and then while a paused
    run is idle.
    """

    def __init__(
        self,
        training: Training,
        commands: SimpleQueue[Command],
        undo: UndoStack,
        plan: Sequence[Planned],
        tell: Callable[[], Iterator[Event]],
        save: Callable[[Reason], Iterator[Event]],
        look: Callable[[], Event],
        show: Callable[[Show], Event],
        rest: Callable[[], Iterator[Event]],
    ) -> None:
        self._training, self._commands, self._undo = training, commands, undo
        self._plan = list(reversed(plan))
        self._tell, self._save, self._look, self._show, self._rest = tell, save, look, show, rest
        self._paused_at: float | None = None
        self._advance: Literal["step", "epoch"] | None = None
        self._must_heed = bool(plan)
        self._queued_after: dict[str, int] = {}  # the number of edits in effect when an edit was queued
        self.idle_s = 0.0
        self.restart = False
        self.test_wanted = True

    @property
    def wanted(self) -> bool:
        """Whether `attend` has something to do before the next step."""
        return self._must_heed or not self._commands.empty()

    @property
    def probing(self) -> bool:
        """Whether the next step is a single manual one."""
        return self._advance == "step"

    @property
    def pausing(self) -> bool:
        """Whether the run pauses after the current epoch."""
        return self._advance == "epoch"

    @property
    def goes_on(self) -> bool:
        """Whether the original run continued from here, with an edit or to a later step."""
        step = self._training.step
        return any(planned.command is not None or planned.step > step for planned in self._plan)

    @property
    def time_was_up(self) -> bool:
        """Whether the clock ended the run here when it was first trained."""
        step = self._training.step
        return any(planned.time_up and planned.step <= step for planned in self._plan)

    def begin_epoch(self) -> Iterator[Event]:
        """Apply the edits queued for the next epoch."""
        training = self._training
        self.restart = False
        if not training.position:
            queued, training.queued = training.queued, {}
            for name, value in queued.items():
                yield from self._change(name, value)

    def stepped(self) -> None:
        """A step is done."""
        if self._advance == "step":
            self._advance = None

    def epoch_ended(self) -> None:
        """An epoch was validated."""
        self._advance = None

    def close(self) -> None:
        """Drop the undo states."""
        self._undo.close()

    def refuse_the_rest(self) -> Iterator[Event]:
        """Answer the commands that came too late: every command gets an answer."""
        while not self._commands.empty():
            command = self._commands.get()
            if not isinstance(command, Stop):
                yield self._refused(command, "the run is over")

    def attend(self) -> Iterator[Event]:
        """Handle commands; return when the next step may run, the run is over, or `restart` is set."""
        training = self._training
        while training.end is None and not self.restart:
            if self._plan and self._plan[-1].step <= training.step:
                planned = self._plan.pop().command
                if planned is not None:
                    yield from self._obey(planned, planned=True)
            elif not self._commands.empty():
                yield from self._obey(self._commands.get())
            elif self._paused_at is not None and self._advance is None:
                command = self._wait()
                yield from self._rest() if command is None else self._obey(command)
            else:
                break
        self._must_heed = bool(self._plan) or self._paused_at is not None

    def _wait(self) -> Command | None:
        """The next command; None if none has come for a while."""
        began = perf_counter()
        try:
            return self._commands.get(timeout=REST_S)
        except Empty:
            return None
        finally:
            self.idle_s += perf_counter() - began

    def _obey(self, command: Command, *, planned: bool = False) -> Iterator[Event]:
        yield from self._tell()
        training = self._training
        if training.end is not None:
            return
        try:
            match command:
                case Edit(name=name, value=value):
                    yield from self._edit(name, value, newer=not planned)
                case Undo():
                    yield from self._step_back()
                case Pause():
                    yield self._pause()
                    yield from self._save("due")
                case Resume():
                    yield self._go_on()
                case Advance(by=by):
                    trained = self._paused_at is None
                    if trained:
                        yield self._pause()
                    self._advance = by
                    yield Advancing(training.step, training.epoch, by)
                    if trained:
                        yield from self._save("due")
                case Checkpoint():
                    yield from self._save("asked")
                case Look():
                    yield self._look()
                case Show() as show:
                    yield self._show(show)
                case Stop(test=test):
                    self.test_wanted = test
                    training.end = RunEnded("stopped", f"stopped on request after step {training.step}")
        except InputError as error:
            yield self._refused(command, str(error))

    def _refused(self, command: Command, why: str) -> Event:
        name = safe(command.name, 60) if isinstance(command, Edit) else ""
        value = _shown(command.value) if isinstance(command, Edit) else ""
        return CommandRefused(self._training.step, command.command, why, name, value)

    def _edit(self, name: str, value: Value, *, newer: bool) -> Iterator[Event]:
        """Make an edit. A `newer` one replaces those of the same hyperparameter that are still planned."""
        training = self._training
        if not entry(name).knob.live:
            raise InputError(f"{name} cannot be changed during training: fork the run, or start a new one")
        value = check(name, value)
        if value == training.queued.get(name, getattr(training.hyper, name)):
            if newer and (replaced := self._drop_planned(name)):
                yield from replaced
                return
            raise InputError(f"{name} is already {format_value(value)}")
        check_change(training, name, value)
        if entry(name).knob.takes_effect == "next step":
            yield from self._change(name, value)
        elif value == getattr(training.hyper, name):
            yield self._withdraw(name)
        else:
            training.queued.pop(name, None)  # this edit replaces it
            training.queued[name] = value
            self._queued_after[name] = training.edits
            yield EditQueued(training.step, name, value)
            self.restart = not training.position  # no step of this epoch has run: it can start with it
        if newer:
            yield from self._drop_planned(name)

    def _drop_planned(self, name: str) -> list[Event]:
        """Remove the planned edits of a hyperparameter; return an event for each."""
        dropped = [p for p in reversed(self._plan) if isinstance(p.command, Edit) and p.command.name == name]
        self._plan = [planned for planned in self._plan if planned not in dropped]
        step = self._training.step
        return [
            Superseded(step, name, planned.command.value, planned.step)
            for planned in dropped
            if isinstance(planned.command, Edit)
        ]

    def _change(self, name: str, value: Value) -> Iterator[Event]:
        training = self._training
        before, old = deepcopy(training.capture()), getattr(training.hyper, name)
        note = training.change(name, value)
        training.edits += 1
        edited = Edited(training.step, training.epoch, name, old, value, len(training.sizes), note)
        self._undo.push(edited, before)
        yield edited

    def _step_back(self) -> Iterator[Event]:
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
        yield from self._save("due")  # before reporting it: later checkpoints are obsolete
        yield Undone(
            training.step, training.epoch, edited.name, edited.old, edited.new, from_step,
            training.edits, len(training.sizes),
        )  # fmt: skip

    def _withdraw(self, name: str) -> Event:
        """Withdraw an edit queued for the next epoch."""
        return Withdrawn(self._training.step, name, self._training.queued.pop(name))

    def _pause(self) -> Event:
        if self._paused_at is None:
            self._paused_at = perf_counter()
        elif self._advance is None:
            raise InputError("the run is already paused")
        self._advance = None
        return Paused(self._training.step, self._training.epoch)

    def _go_on(self) -> Event:
        if self._paused_at is None:
            raise InputError("the run is not paused")
        seconds, self._paused_at = perf_counter() - self._paused_at, None
        self._advance = None
        return Continued(self._training.step, self._training.epoch, seconds)


def _shown(value: Value) -> str:
    return safe(format_value(value), 60)
