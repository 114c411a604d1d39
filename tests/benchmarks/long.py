"""A long run at full speed with the lab open: steps a second, memory and the journal, as time goes by."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.benchmarks.terminal import Terminal, endless, pressed, rate
from tui_lab.protocol.events import EpochEnded, Record
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.lock import held
from tui_lab.runs.journal.journal_reader import Follower

PRESET = "multiclass"
"""The one whose epochs are shortest."""
LOOKS = 20
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Look:
    """A run at one moment: its counts, the bytes of memory and of the journal, seconds of processor."""

    time: float
    epoch: int
    step: int
    host: int
    lab: int
    journal: int
    host_s: float
    lab_s: float


def report(minutes: float, fast: bool = False, batch_size: int | None = None) -> None:
    """Print a line a minute, or `LOOKS` lines of a shorter run, and what an epoch takes late in the run."""
    with tempfile.TemporaryDirectory() as folder:
        preset, root = endless(PRESET, Path(folder)), Path(folder) / "runs"
        if fast:
            with preset.open("a") as file:
                file.write('speed = "fast"\n')
        if batch_size is not None:
            lines = [line for line in preset.read_text().splitlines() if not line.startswith("batch_size")]
            preset.write_text("\n".join([*lines, f"batch_size = {batch_size}", ""]))
        print(f"{PRESET} at full speed with the lab open at 120x40: memory in MiB, processor in % of a core")
        print(
            f"{'minute':>6}{'epochs':>10}{'steps/s':>9}{'host':>7}{'lab':>7}{'host %':>8}{'lab %':>7}"
            f"{'journal MB':>12}{'kB/s':>7}",
            flush=True,
        )
        with pressed(preset, root) as screen:
            rate(root, 0.5)
            looks = [_look(screen, root)]
            end = looks[0].time + 60 * minutes
            while looks[-1].time < end:
                time.sleep(min(60.0, 60 * minutes / LOOKS))
                looks.append(_look(screen, root))
                print(line(looks[0], looks[-2], looks[-1]), flush=True)
        print(growth(looks))


def line(first: Look, before: Look, now: Look) -> str:
    """What is printed of a look: rates since the one before it."""
    seconds = now.time - before.time
    return (
        f"{(now.time - first.time) / 60:>6.1f}{now.epoch:>10,}{(now.step - before.step) / seconds:>9.0f}"
        f"{now.host / 2**20:>7.0f}{now.lab / 2**20:>7.0f}"
        f"{100 * (now.host_s - before.host_s) / seconds:>8.0f}"
        f"{100 * (now.lab_s - before.lab_s) / seconds:>7.0f}"
        f"{now.journal / 1e6:>12.2f}{(now.journal - before.journal) / seconds / 1000:>7.1f}"
    )


def growth(looks: Sequence[Look]) -> str:
    """Bytes per epoch over the second half, and its speed against that of the first."""
    first, middle, last = looks[0], looks[len(looks) // 2], looks[-1]
    epochs = last.epoch - middle.epoch
    speed = [(b.step - a.step) / (b.time - a.time) for a, b in ((first, middle), (middle, last))]
    return (
        f"second half, bytes per epoch: host {(last.host - middle.host) / epochs:.0f}, "
        f"lab {(last.lab - middle.lab) / epochs:.0f}, "
        f"journal {(last.journal - middle.journal) / epochs:.0f}; "
        f"speed {speed[1] / speed[0]:.2f} of the first half"
    )


def _look(screen: Terminal, root: Path) -> Look:
    folder = RunFolder(root / run_ids(root)[0])
    ended = latest(folder)
    assert isinstance(ended.event, EpochEnded)
    trainer = held(folder)
    assert trainer is not None
    host, lab = psutil.Process(trainer.pid), psutil.Process(screen.pid)
    return Look(
        ended.time,
        ended.event.epoch,
        ended.event.step,
        host.memory_info().rss,
        lab.memory_info().rss,
        folder.journal.stat().st_size,
        sum(host.cpu_times()[:2]),
        sum(lab.cpu_times()[:2]),
    )


def latest(folder: RunFolder) -> Record:
    """The next epoch that a run ends. The epochs before are not read: that would take ever longer."""
    follower, end = Follower(folder.journal), time.monotonic() + _PATIENCE_S
    follower.skip()
    while time.monotonic() < end:
        ended = [record for record in follower.poll() if isinstance(record.event, EpochEnded)]
        if ended:
            return ended[-1]
        time.sleep(0.05)
    raise TimeoutError(f"{folder.path}: no epoch ended")
