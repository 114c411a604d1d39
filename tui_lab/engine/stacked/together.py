"""Training many trials in turn, epoch by epoch, those of one shape as one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from time import sleep

from tui_lab.engine.checkpoints.last_good import ResumePoint
from tui_lab.engine.checkpoints.saver import Saver
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import Prepared
from tui_lab.engine.stacked.stack import Stack
from tui_lab.engine.stacked.turn import Turn
from tui_lab.engine.telemetry import INTERVAL_S
from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import CheckpointFailed, CheckpointSaved, EpochEnded, Event
from tui_lab.protocol.steering_events import Advancing, Continued, Paused, StepProbed

_POLL_S = 0.02
"""How often one looks for commands while every trial is paused."""


@dataclass(eq=False, slots=True)
class Trial:
    """A training to be made beside others: what `run` is given for it.

    A trial that is held stands still after its epoch, and so do its commands, until it is released.
    """

    prepared: Prepared
    commands: SimpleQueue[Command] = field(default_factory=SimpleQueue)
    saver: Saver | None = None
    resume: ResumePoint | None = None
    held: bool = False

    def hold(self) -> None:
        self.held = True

    def release(self) -> None:
        self.held = False

    def drop(self) -> None:
        """Stop it without a test; its last checkpoint is kept, and it can be resumed."""
        self.commands.put(Stop(test=False))
        self.held = False


class Together:
    """Trains trials in turn, an epoch each; iterate over it for their events.

    Each item is the number of a trial, in the order in which they were added, with an event of it, or with
    the exception that has ended it: the others go on. The iteration ends when no trial is left but those that
    are held, and can be begun again. Between two items trials may be added, held, released and dropped.
    """

    def __init__(
        self, trials: Iterable[Trial] = (), interval_s: float = INTERVAL_S, stack: Stack | None = None
    ) -> None:
        """`interval_s`: as for `run`. `stack`: what makes the epochs, if not as the device suggests."""
        self._stack, self._interval_s = stack or Stack(), interval_s
        self._turns: dict[int, _Turns] = {}
        self._added = 0
        for trial in trials:
            self.add(trial)

    def add(self, trial: Trial) -> int:
        """Take in one more trial; returns its number."""
        self._turns[self._added] = _Turns(trial, self._stack, self._interval_s)
        self._added += 1
        return self._added - 1

    def __iter__(self) -> Iterator[tuple[int, Event | Exception]]:
        while going := [number for number, turns in self._turns.items() if not turns.trial.held]:
            moved = False
            for number in going:
                turns = self._turns[number]
                for event in turns.epoch():
                    moved = True
                    yield number, event
                if turns.over:
                    del self._turns[number]
            if not moved:
                sleep(_POLL_S)


class _Turns:
    """The turns of a trial: its loop, and whether it goes on or waits for a command."""

    def __init__(self, trial: Trial, stack: Stack, interval_s: float) -> None:
        self.trial = trial
        self.over = False
        self._paused = self._advancing = self._saving = False
        seed = trial.prepared.experiment.hyperparameters.seed
        self._turn = Turn(stack, seed, self._quiet, ready=trial.resume is None)
        self._events = run(
            trial.prepared,
            trial.commands,
            interval_s,
            trial.saver,
            trial.resume,
            steppers=self._turn.steppers,
        )

    def _quiet(self) -> bool:
        return self.trial.commands.empty() and not self.trial.held and not self._paused

    @property
    def _blocked(self) -> bool:
        """Whether the loop would wait for a command, and all other trials with it."""
        resting = self._paused and not self._advancing and not self._saving
        return resting and not self._turn.ending and self.trial.commands.empty()

    def epoch(self) -> Iterator[Event | Exception]:
        """Up to the end of an epoch, of the run, or until it is paused."""
        while not self.trial.held and not self._blocked:
            self._turn.begin()
            try:
                event = next(self._events, None)
            except Exception as error:
                self._end()
                yield error
                return
            if event is None:
                self._end()
                return
            self._turn.noted()
            self._note(event)
            yield event
            if isinstance(event, EpochEnded):
                return

    def _note(self, event: Event) -> None:
        match event:
            case Paused():
                self._paused, self._advancing, self._saving = True, False, self.trial.saver is not None
            case Continued():
                self._paused = False
            case Advancing():
                self._advancing = True
            case StepProbed() | EpochEnded():
                self._advancing = False
            case CheckpointSaved() | CheckpointFailed():
                self._saving = False

    def _end(self) -> None:
        self.over = True
        self._turn.over()
