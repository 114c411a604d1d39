"""How long it takes until something happens: the first step of a run and its end, and the lab's first frame.

Each start is a process of its own. `import torch` alone is held against `tui-lab train regression` with one
epoch, and an empty Textual app against the lab, in turns; what counts is the ratio within a turn.
"""

import os
import signal
import subprocess
import sys
import tempfile
from statistics import median
from time import perf_counter
from typing import NamedTuple

import pexpect
import psutil

TURNS = 7
PYTHON = sys.executable
LAB = [PYTHON, "-m", "tui_lab"]
WORD = "Presets"
EMPTY_APP = f"""
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("{WORD}")
Empty().run()
"""


class Start(NamedTuple):
    """Seconds since the command: until the sign that was waited for, to the end, and of the processor."""

    sign_s: float
    end_s: float
    cpu_s: float


def started(command: list[str], sign: bytes, runs: str) -> Start:
    """Run a command to its end; without a `sign` in its output, that is the end."""
    began, signed = perf_counter(), 0.0
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | {"TUI_LAB_RUNS": runs}
    )
    assert process.stdout is not None
    for line in process.stdout:
        if not signed and sign in line:
            signed = perf_counter() - began
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    end = perf_counter() - began
    return Start(signed or end, end, used.ru_utime + used.ru_stime)


def first_frame_s(command: list[str], runs: str) -> float:
    """Seconds until a program on a terminal of 80x24 shows the word."""
    began = perf_counter()
    environment = os.environ | {"TERM": "xterm-256color", "TUI_LAB_RUNS": runs}
    screen = pexpect.spawn(command[0], command[1:], dimensions=(24, 80), env=environment)
    screen.expect_exact(WORD, timeout=60)
    seconds = perf_counter() - began
    for child in psutil.Process(screen.pid).children(recursive=True):
        child.kill()
    screen.kill(signal.SIGKILL)
    screen.wait()
    return seconds


def report(turns: int = TURNS) -> None:
    """Print each turn as it ends, then the medians."""
    starts: list[tuple[Start, Start]] = []
    frames: list[tuple[float, float]] = []
    print(f"{'turn':<6}{'import torch':>14}{'first step':>12}{'end':>8}{'empty app':>12}{'lab':>8}")
    with tempfile.TemporaryDirectory() as runs:
        for turn in range(turns + 1):
            torch = started([PYTHON, "-c", "import torch"], b"", runs)
            train = [*LAB, "train", "regression", "--epochs", "1", "--json"]
            run = started(train, b'"measured"', runs)
            frame = first_frame_s([PYTHON, "-c", EMPTY_APP], runs), first_frame_s(LAB, runs)
            print(
                f"{turn or 'warm':<6}{torch.end_s:>12.2f} s{run.sign_s:>10.2f} s{run.end_s:>6.2f} s"
                f"{1000 * frame[0]:>9.0f} ms{1000 * frame[1]:>5.0f} ms",
                flush=True,
            )
            if turn:
                starts.append((torch, run))
                frames.append(frame)
    ratios = {
        "first step / import torch": [run.sign_s / torch.end_s for torch, run in starts],
        "end of one epoch / import torch": [run.end_s / torch.end_s for torch, run in starts],
        "the same in processor time": [run.cpu_s / torch.cpu_s for torch, run in starts],
        "first frame of the lab / of an empty app": [lab / empty for empty, lab in frames],
    }
    print(f"medians of {turns}:")
    for name, values in ratios.items():
        print(f"  {name:<42}{median(values):>6.2f}", flush=True)
