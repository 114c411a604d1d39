"""What the screen costs: steps a second with the lab open on a terminal against the same run without one.

Both are real processes: the lab on a pseudo-terminal of 120x40 that is read as fast as it writes, and
`tui-lab train --quiet`. They take turns; steps and seconds are read from the journals that both write.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Thread

import pexpect

from tui_lab.protocol.commands import Stop
from tui_lab.protocol.events import EpochEnded, Record
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.journal.journal_reader import Follower
from tui_lab.session.host import control_socket

TURNS = 5
SETTLE_S, MEASURE_S = 2.0, 4.0
PRESETS = ("multiclass", "cnn")
LAB = [sys.executable, "-m", "tui_lab"]


@contextmanager
def pressed(preset: Path, root: Path, *keys: str, read: bool = True) -> Iterator[pexpect.spawn]:
    """The lab, training, after some keys; a thread reads its output, or from some point on nobody does."""
    environment = os.environ | {"TERM": "xterm-256color", "TUI_LAB_RUNS": str(root)}
    command = [*LAB[1:], "--on-quit", "stop", str(preset)]
    screen = pexpect.spawn(LAB[0], command, dimensions=(40, 120), env=environment)
    screen.expect("Presets", timeout=30)
    for key in ("t", *keys):
        screen.send(key)

    def drink() -> None:
        while True:
            try:
                screen.read_nonblocking(65_536, timeout=None)
            except (pexpect.EOF, pexpect.TIMEOUT, OSError, ValueError):
                return

    if read:
        Thread(target=drink, daemon=True).start()
    else:
        screen.expect("training", timeout=60)
    try:
        yield screen
    finally:
        run = RunFolder(root / run_ids(root)[0])
        control_socket.send(run, Stop(test=False))
        screen.kill(signal.SIGKILL)
        screen.wait()


@contextmanager
def lab(preset: Path, root: Path) -> Iterator[None]:
    """The lab on a terminal that is read as fast as it writes."""
    with pressed(preset, root):
        yield


@contextmanager
def stalled(preset: Path, root: Path) -> Iterator[None]:
    """The lab on a terminal that is no longer read: what a half-open connection is."""
    with pressed(preset, root, read=False):
        yield


@contextmanager
def headless(preset: Path, root: Path) -> Iterator[None]:
    """The same without a screen."""
    command = [*LAB, "--runs", str(root), "train", str(preset), "--quiet"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def rate(root: Path) -> float:
    """Steps a second of the run that begins under `root`, once it has settled."""
    while not run_ids(root):
        time.sleep(0.05)
    follower = Follower(RunFolder(root / run_ids(root)[0]).journal)
    epochs: list[Record] = []
    while not epochs or epochs[-1].time - epochs[0].time < SETTLE_S + MEASURE_S:
        time.sleep(0.2)
        epochs += [record for record in follower.poll() if isinstance(record.event, EpochEnded)]
    settled = [record for record in epochs if record.time - epochs[0].time > SETTLE_S]
    first, last = settled[0], settled[-1]
    assert isinstance(first.event, EpochEnded)
    assert isinstance(last.event, EpochEnded)
    return (last.event.step - first.event.step) / (last.time - first.time)


def endless(name: str, folder: Path) -> Path:
    """A preset file like the bundled one, but without an end."""
    from tui_lab.experiment.presets import bundled_folder

    lines = (bundled_folder() / f"{name}.toml").read_text().splitlines()
    kept = [line for line in lines if not line.startswith(("epochs", "patience"))]
    text = "\n".join([*kept, "epochs = 1_000_000", ""]).replace('"data/', '"bundled:data/')
    path = folder / f"{name}.toml"
    path.write_text(text.replace(f'name = "{name}"', f'name = "endless-{name}"'))
    return path


CONTESTANTS = {"headless": headless, "lab": lab, "stalled": stalled}


def report() -> None:
    """Print the table: medians over the turns."""
    print(f"{'preset':<12}{'headless/s':>12}{'lab open/s':>12}{'ratio':>8}{'pty not read/s':>16}{'ratio':>8}")
    for name in PRESETS:
        rates: dict[str, list[float]] = {kind: [] for kind in CONTESTANTS}
        with tempfile.TemporaryDirectory() as folder:
            preset = endless(name, Path(folder))
            for turn in range(TURNS):
                for kind, contestant in CONTESTANTS.items():
                    root = Path(folder) / f"{kind}{turn}"
                    with contestant(preset, root):
                        rates[kind].append(rate(root))
        middle = {kind: median(values) for kind, values in rates.items()}
        ratio = {
            kind: median(a / b for a, b in zip(values, rates["headless"], strict=True))
            for kind, values in rates.items()
        }
        print(
            f"{name:<12}{middle['headless']:>12.0f}{middle['lab']:>12.0f}{ratio['lab']:>8.2f}"
            f"{middle['stalled']:>16.0f}{ratio['stalled']:>8.2f}",
            flush=True,
        )
