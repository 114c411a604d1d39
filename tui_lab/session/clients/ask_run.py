"""A command to a run in another process, and its answer: for those who wait for it."""

import time
from collections.abc import Callable

from tui_lab.errors import RunError
from tui_lab.experiment.catalogue import format_value
from tui_lab.files import is_full
from tui_lab.protocol.commands import (
    Advance,
    Checkpoint,
    Command,
    Edit,
    Evaluate,
    Look,
    Pause,
    Resume,
    Stop,
    Try,
    Undo,
)
from tui_lab.protocol.events import CheckpointFailed, CheckpointSaved, EpochEnded, Event, RunEnded
from tui_lab.protocol.steering_events import (
    Advancing,
    CommandRefused,
    Continued,
    Edited,
    EditQueued,
    Evaluated,
    ForwardProbed,
    Paused,
    StepProbed,
    Superseded,
    Tried,
    Undone,
    Withdrawn,
)
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.large_answers import with_answer
from tui_lab.runs.folder.lock import held
from tui_lab.runs.journal.journal_reader import Follower
from tui_lab.safe import safe
from tui_lab.session.host import control_socket

WAIT_S = 30.0
_LOOK_S, _DISK_S = 0.02, 1.0


def ask_run(folder: RunFolder, command: Command) -> Event:
    """Send a command and wait for the answer. Raises RunError if it is not accepted or none comes."""
    follower = Follower(folder.journal)
    follower.skip()
    if not control_socket.send(folder, command):
        holder = held(folder)
        if holder is None:
            raise RunError(f"run {folder.run_id} is not running")
        raise RunError(f"run {folder.run_id} is trained by {holder}, which accepts no commands")
    is_answer = _answers(command)
    began, begun = time.monotonic(), False
    looked = began
    while begun or time.monotonic() < began + WAIT_S:
        gone = begun and held(folder) is None  # checked first, so that its last events are still read
        for event in (record.event for record in follower.poll()):
            if is_answer(event):
                return event
            if isinstance(event, RunEnded):
                raise RunError(f"the run ended before the command was carried out: {event.message}")
            if isinstance(command, Advance):
                if begun and isinstance(event, Paused | Continued | Undone):
                    raise RunError("interrupted by another command")
                begun = begun or isinstance(event, Advancing)
        if gone:
            raise RunError(f"run {folder.run_id} is no longer running")
        if time.monotonic() >= looked + _DISK_S:
            looked = time.monotonic()
            if is_full(folder.path):
                raise RunError(
                    "the command was sent, but the disk is full, so the answer cannot be written: free "
                    f"some space, then check with `tui-lab export {folder.run_id}` whether the edit was made"
                )
        time.sleep(_LOOK_S)
    raise RunError(
        f"the command was sent, but no answer came within {WAIT_S:.0f} s; a single step may take longer"
    )


def evaluate_running(folder: RunFolder) -> Evaluated:
    """Evaluate the validation split of a run that trains. Raises RunError as `ask_run`, or if refused."""
    answer = ask_run(folder, Evaluate("val"))
    if isinstance(answer, CommandRefused):
        raise RunError(answer.why)
    assert isinstance(answer, Evaluated)
    return with_answer(folder, answer)


def _answers(command: Command) -> Callable[[Event], bool]:
    """The event that answers a command."""

    def is_answer(event: Event) -> bool:
        match command, event:
            case Edit(name=name, value=value), CommandRefused():
                return (event.name, event.value) == (name, safe(format_value(value), 60))
            case _, CommandRefused():
                return event.command == command.command
            case Edit(name=name, value=value), Edited():
                return (event.name, event.new) == (name, value)
            case Edit(name=name, value=value), EditQueued():
                return (event.name, event.value) == (name, value)
            case Edit(name=name), Withdrawn() | Superseded():
                return event.name == name
            case Edit(), _:
                return False
        match command:
            case Undo():
                return isinstance(event, Undone | Withdrawn)
            case Advance(by="epoch"):
                return isinstance(event, EpochEnded)
            case Checkpoint():
                asked = isinstance(event, CheckpointSaved) and event.reason == "asked"
                return asked or isinstance(event, CheckpointFailed)
        kinds = {
            Pause: Paused, Resume: Continued, Advance: StepProbed, Stop: RunEnded, Look: ForwardProbed,
            Evaluate: Evaluated, Try: Tried,
        }  # fmt: skip
        return isinstance(event, kinds[type(command)])

    return is_answer
