"""The lab on a pseudo-terminal of 120x40."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import perf_counter

import pexpect
import psutil
import pyte

from tui_lab.protocol.commands import Stop
from tui_lab.protocol.events import EpochEnded, Record
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.journal.journal_reader import Follower
from tui_lab.session.host import control_socket

LAB = [sys.executable, "-m", "tui_lab"]
WIDTH, HEIGHT = 120, 40
SETTLE_S, MEASURE_S, LONG_S = 1.5, 3.0, 120.0


class Drawing:
    """What a terminal shows after some output."""

    _UNKNOWN = re.compile(rb"\x1b\[[<>=?][\d;]*[um]|\x1b\[\?[\d;]*\$p|\x1b\[=\d+c")  # pyte shows them as text

    def __init__(self) -> None:
        self._screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.ByteStream(self._screen)

    def feed(self, data: bytes) -> None:
        self._stream.feed(self._UNKNOWN.sub(b"", data))

    @property
    def rows(self) -> list[str]:
        return list(self._screen.display)


class Terminal(pexpect.spawn):  # type: ignore[misc]
    """A thread reads what the lab writes and keeps it, with the time at which it came."""

    def __init__(self, *words: str, root: Path) -> None:
        environment = os.environ | {"TERM": "xterm-256color", "TUI_LAB_RUNS": str(root)}
        super().__init__(LAB[0], [*LAB[1:], *words], dimensions=(HEIGHT, WIDTH), env=environment)
        self.delaybeforesend = None  # pexpect waits 50 ms before each key unless told not to
        self.heard: list[tuple[float, bytes]] = []
        self.deaf = False
        """Once set, nobody reads any more: what a half-open connection is."""
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while not self.deaf:
            try:
                data = self.read_nonblocking(65_536, timeout=0.1)
            except pexpect.TIMEOUT:
                continue
            except (pexpect.EOF, OSError, ValueError):
                return
            self.heard.append((perf_counter(), data))

    @property
    def written(self) -> int:
        """How many bytes the lab has written."""
        return sum(len(data) for _, data in self.heard)

    def wait_for(self, word: str) -> None:
        """Return once the word is on the screen."""
        drawing, seen, end = Drawing(), 0, perf_counter() + LONG_S
        while not any(word in row for row in drawing.rows):
            if perf_counter() > end:
                raise TimeoutError("\n".join(drawing.rows))
            time.sleep(0.05)
            new = self.heard[seen:]
            seen += len(new)
            for _, data in new:
                drawing.feed(data)

    def end(self) -> None:
        """Kill the lab and what it has started."""
        for child in psutil.Process(self.pid).children(recursive=True):
            child.kill()
        self.kill(signal.SIGKILL)
        self.wait()


@contextmanager
def opened(preset: Path, root: Path, *keys: str) -> Iterator[Terminal]:
    """The lab with a preset, after some keys."""
    screen = Terminal("--on-quit", "stop", str(preset), root=root)
    try:
        screen.wait_for("Presets")
        for key in keys:
            screen.send(key)
        yield screen
    finally:
        for run_id in run_ids(root) if root.exists() else ():
            control_socket.send(RunFolder(root / run_id), Stop(test=False))
        screen.end()


@contextmanager
def pressed(preset: Path, root: Path, *keys: str) -> Iterator[Terminal]:
    """The lab, training, after some keys."""
    with opened(preset, root, "t", *keys) as screen:
        screen.wait_for("training")
        yield screen


@contextmanager
def attached(root: Path, *, read: bool = True, options: tuple[str, ...] = ()) -> Iterator[Terminal]:
    """The lab on the run that trains under `root`; without `read`, nobody reads what it writes."""
    screen = Terminal("attach", "last", *options, root=root)
    try:
        screen.wait_for("running")
        screen.deaf = not read
        yield screen
    finally:
        screen.end()


def rate(root: Path, measure_s: float = MEASURE_S) -> float:
    """Steps a second of the run that begins under `root`, once it has settled."""
    while not run_ids(root):
        time.sleep(0.05)
    follower = Follower(RunFolder(root / run_ids(root)[0]).journal)
    epochs: list[Record] = []
    while not epochs or epochs[-1].time - epochs[0].time < SETTLE_S + measure_s:
        time.sleep(0.2)
        epochs += [record for record in follower.poll() if isinstance(record.event, EpochEnded)]
    settled = [record for record in epochs if record.time - epochs[0].time > SETTLE_S]
    first, last = settled[0], settled[-1]
    assert isinstance(first.event, EpochEnded)
    assert isinstance(last.event, EpochEnded)
    return (last.event.step - first.event.step) / (last.time - first.time)


def steps_between(root: Path, measure_s: float) -> float:
    """Steps a second of the run under `root`, from now on."""
    follower = Follower(RunFolder(root / run_ids(root)[0]).journal)
    since = time.time()
    time.sleep(measure_s)
    epochs = [r for r in follower.poll() if isinstance(r.event, EpochEnded) and since <= r.time]
    first, last = epochs[0], epochs[-1]
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
