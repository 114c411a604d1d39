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
from tui_lab.session.host.exit_status import FINISHED
from tui_lab.session.sweeps.client import SweepClient

_WHOLE: dict[str, tuple[Callable[[], SweepCommand], str]] = {
    "stop": (StopSweep, "its trials are saved, `tui-lab sweep resume {}` goes on"),
    "pause": (PauseSweep, "`tui-lab sweep continue {}` goes on"),
    "continue": (ContinueSweep, "its trials are trained again"),
}
_ONE: dict[str, tuple[Callable[[int], SweepCommand], str]] = {
    "drop": (DropTrial, "trial {} is ended"),
    "keep": (KeepTrial, "trial {} is trained to its end"),
}
STEERING = (*_WHOLE, *_ONE)
"""The words after `sweep` that send a command."""


def steer(word: str, root: Path, rest: list[str]) -> int:
    """Send the command to a sweep that is being trained. Raises InputError if there is none."""
    example = "last/3" if word in _ONE else "last"
    if len(rest) != 1:
        raise InputError(
            f"give one, as in `tui-lab sweep {word} {example}`; `tui-lab sweeps` lists all sweeps"
        )
    named, slash, number = rest[0].rpartition("/")
    if word in _ONE and not (slash and number.isascii() and number.isdecimal()):
        raise InputError(f"give a trial, as in `tui-lab sweep {word} {example}`")
    folder = find_sweep(root, named if word in _ONE else rest[0])
    _check_led(folder)
    if word in _WHOLE:
        make, done = _WHOLE[word]
        command, said = make(), done.format(folder.run_id)
    else:
        of_one, done = _ONE[word]
        trials = SweepClient(folder).view.trials
        if int(number) >= len(trials):
            raise InputError(f"{folder.run_id} has no trial {number}; it has {len(trials):,} so far, from 0")
        command, said = of_one(int(number)), done.format(number)
    if not SweepClient(folder).send(command):
        raise InputError(f"sweep {folder.run_id} does not answer")
    say(f"{folder.run_id}: {said}")
    return FINISHED


def _check_led(folder: SweepFolder) -> None:
    if held(folder) is None:
        raise InputError(
            f"sweep {folder.run_id} is not being trained; `tui-lab sweep resume {folder.run_id}` goes on"
        )
