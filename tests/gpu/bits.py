"""Whether runs of the same seed give the same bits: twice, through an edit, an undo and a resume.

What is compared is every number of every epoch and the weights that were tested at the end.
"""

import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from queue import SimpleQueue
from unittest.mock import patch

import torch
from torch import nn

from tests.benchmarks.contestants import loops
from tests.gpu.size import Size
from tui_lab.engine.checkpoints.last_good import last_good
from tui_lab.engine.checkpoints.saver import Saver
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Checkpoint, Command, Edit, Undo
from tui_lab.protocol.events import CheckpointSaved, EpochEnded, Measured
from tui_lab.protocol.planned import Planned

Trained = tuple[dict[int, str], dict[str, bytes]]
"""What each epoch said, the last time it ended, and the weights."""


def report(device: torch.device, size: Size) -> bool:
    """Print a line for each preset and each exact way to train; returns whether all bits are equal."""
    columns = ("as eager", "twice", "edit", "undo", "resume")
    print("\nbits: the same as torch's eager step, and in a second run, after an edit, an undo and a resume")
    print(f"{'preset':<12}{'':<8}" + "".join(f"{name:>10}" for name in columns))
    same = True
    for preset in size.presets:
        for name, way in loops.LAB.items():
            if way.exact:
                asked = loops.endless(preset, str(device), **way.hyper, epochs=size.epochs)
                equal = _compared(asked)
                same &= all(equal)
                cells = "".join(f"{'equal' if one else 'DIFFER':>10}" for one in equal)
                print(f"{preset:<12}{name:<8}{cells}", flush=True)
    return same


def _compared(asked: Experiment) -> list[bool]:
    whole, edited = trained(asked), trained(asked, edit=True)
    with eager():
        reference = trained(asked), trained(asked, edit=True)
    return [
        whole == reference[0],
        whole == trained(asked),
        edited == reference[1] and edited != whole,
        whole == trained(asked, edit=True, undo=True),
        whole == resumed(asked),
    ]


def eager() -> AbstractContextManager[object]:
    """Every step is torch's eager one."""
    return patch("tui_lab.engine.loop.choose_stepper", EagerStepper)


def trained(asked: Experiment, *, edit: bool = False, undo: bool = False) -> Trained:
    """Train; with another learning rate from the middle of the second epoch on, then undone."""
    prepared, commands = prepare(asked), SimpleQueue[Command]()
    change = Edit("lr", asked.hyperparameters.lr / 2)
    plan = [Planned(_middle(prepared.sizes), change)] if edit else []
    seen: list[EpochEnded] = []
    for event in run(prepared, commands, plan=plan):
        if isinstance(event, EpochEnded):
            seen.append(event)
            if undo and len(seen) == 2:
                commands.put(Undo())
    return _result(seen, prepared.network)


def resumed(asked: Experiment) -> Trained:
    """Train to the middle of the second epoch, save, and go on from there with everything new."""
    prepared, commands = prepare(asked), SimpleQueue[Command]()
    seen: list[EpochEnded] = []
    saved: list[CheckpointSaved] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "checkpoints"
        middle, wanted = _middle(prepared.sizes), False
        with closing(run(prepared, commands, interval_s=0, saver=Saver(folder, every_s=1e9))) as events:
            for event in events:
                if isinstance(event, EpochEnded):
                    seen.append(event)
                elif isinstance(event, Measured) and event.step >= middle and not wanted:
                    commands.put(Checkpoint())
                    wanted = True
                elif isinstance(event, CheckpointSaved):
                    saved.append(event)
                    if wanted:
                        break
        prepared = prepare(asked)
        point = last_good(folder, saved, prepared.device)
        assert point.state["step"] >= middle, "it goes on from the checkpoint that was asked for"
        rest = run(prepared, SimpleQueue(), resume=point)
        seen += [event for event in rest if isinstance(event, EpochEnded)]
    return _result(seen, prepared.network)


def _middle(sizes: tuple[int, ...]) -> int:
    """The step in the middle of the second epoch."""
    return len(sizes) + max(1, len(sizes) // 2)


def _result(epochs: Iterable[EpochEnded], network: nn.Module) -> Trained:
    told = {e.epoch: repr((e.step, e.train_loss, e.val_loss, e.lr, e.metrics, e.best)) for e in epochs}
    weights = network.state_dict().items()
    return told, {name: value.cpu().numpy().tobytes() for name, value in weights}
