"""Steering a sweep from the shell: `tui-lab sweep stop|pause|continue SWEEP`, `... drop SWEEP/N`."""

from collections.abc import Callable
from pathlib import Path

from tui_lab.cli.output.output import say
from tui_lab.errors import InputError
from tui_lab.protocol.sweeps.commands import (
    ContinueSweep,
    DropTrial,
    KeepTrial,
    PauseSweep,
    StopSweep,
    SweepCommand,
)
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.runs.folder.lock import held
from tui_lab.runs.sweeps.folder import SweepFolder, find_sweep
from tui_lab.session.sweeps.client import SweepClient
from tui_lab.session.sweeps.jobs import ResumedSweep

_WHOLE: dict[str, tuple[Callable[..., SweepCommand], str]] = {
    "stop": (StopSweep, "it stops, every trial with a checkpoint; `tui-lab sweep resume {}` goes on"),
    "pause": (PauseSweep, "paused after the current epochs; `tui-lab sweep continue {}` goes on"),
    "continue": (ContinueSweep, "it goes on"),
}
_ONE: dict[str, tuple[Callable[..., SweepCommand], str]] = {
    "drop": (DropTrial, "trial {} is ended"),
    "keep": (KeepTrial, "trial {} is trained to its end"),
}
_DIGITS = 10
"""A number with so many is that of no trial."""
STEERING, OF_ONE = (*_WHOLE, *_ONE), tuple(_ONE)
"""The words after `sweep` that send a command; those that send it to one trial."""


def steer(word: str, root: Path, rest: list[str]) -> ResumedSweep | None:
    """Send the command to a sweep that is being trained.

    A trial of one that is not is kept by resuming it: that is returned. Raises InputError.
    """
    example = "last/3" if word in _ONE else "last"
    if len(rest) != 1:
        raise InputError(
            f"give one, as in `tui-lab sweep {word} {example}`; `tui-lab sweeps` lists all sweeps"
        )
    if (meant := named(word, rest[0])) is None:
        raise InputError(f"give a trial, as in `tui-lab sweep {word} {example}`")
    name, number = meant
    folder = find_sweep(root, name)
    client = SweepClient(folder)
    command = command_of(word, number, folder.run_id, client.view)
    if held(folder) is None:
        if word == "keep":
            return ResumedSweep(folder=str(folder.path), keep=(number,))
        raise InputError(_not_led(folder, client))
    if not client.send(command):
        client.poll()
        raise InputError(
            _not_led(folder, client) if held(folder) is None else f"{folder.run_id} does not answer"
        )
    _, done = (_WHOLE | _ONE)[word]
    say(f"{folder.run_id}: {done.format(number if word in _ONE else folder.run_id)}")
    return None


def named(word: str, text: str) -> tuple[str, int] | None:
    """The sweep that is named, and for `drop` and `keep` the number of its trial; None if that is missing."""
    if word not in _ONE:
        return text, 0
    name, slash, number = text.rpartition("/")
    plain = number.isascii() and number.isdecimal() and len(number) < _DIGITS
    return (name, int(number)) if slash and plain else None


def command_of(word: str, number: int, name: str, view: SweepView) -> SweepCommand:
    """What is asked of a sweep, or of one trial of it. Raises InputError if it has no such trial."""
    if word in _WHOLE:
        return _WHOLE[word][0]()
    if number >= len(view.trials):
        count = len(view.trials)
        raise InputError(f"{name} has no trial {number}; it has {count:,} so far, from 0")
    return _ONE[word][0](number)


def _not_led(folder: SweepFolder, client: SweepClient) -> str:
    if client.view.status == "finished":
        return f"sweep {folder.run_id} has finished"
    return f"sweep {folder.run_id} is not being trained; `tui-lab sweep resume {folder.run_id}` goes on"
