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
STEERING = (*_WHOLE, *_ONE)
"""The words after `sweep` that send a command."""


def steer(word: str, root: Path, rest: list[str]) -> ResumedSweep | None:
    """Send the command to a sweep that is being trained.

    A trial of one that is not is kept by resuming it: that is returned. Raises InputError.
    """
    example = "last/3" if word in _ONE else "last"
    if len(rest) != 1:
        raise InputError(
            f"give one, as in `tui-lab sweep {word} {example}`; `tui-lab sweeps` lists all sweeps"
        )
    named, slash, number = rest[0].rpartition("/")
    if word in _ONE and not (slash and number.isascii() and number.isdecimal()):
        raise InputError(f"give a trial, as in `tui-lab sweep {word} {example}`")
    folder = find_sweep(root, named if word in _ONE else rest[0])
    client = SweepClient(folder)
    if word in _ONE and int(number) >= len(client.view.trials):
        count = len(client.view.trials)
        raise InputError(f"{folder.run_id} has no trial {number}; it has {count:,} so far, from 0")
    if held(folder) is None:
        if word == "keep":
            return ResumedSweep(folder=str(folder.path), keep=(int(number),))
        raise InputError(_not_led(folder, client))
    make, done = _ONE[word] if word in _ONE else _WHOLE[word]
    command = make(int(number)) if word in _ONE else make()
    if not client.send(command):
        client.poll()
        raise InputError(
            _not_led(folder, client) if held(folder) is None else f"{folder.run_id} does not answer"
        )
    say(f"{folder.run_id}: {done.format(number if word in _ONE else folder.run_id)}")
    return None


def _not_led(folder: SweepFolder, client: SweepClient) -> str:
    if client.view.status == "finished":
        return f"sweep {folder.run_id} has finished"
    return f"sweep {folder.run_id} is not being trained; `tui-lab sweep resume {folder.run_id}` goes on"
