"""How long an edit takes: from the key that is pressed to the change being in force.

The lab on a pseudo-terminal of 120x40, the smallest preset at full speed in a host. An arrow key changes the
value and another one leaves its row, which sends the edit at once (docs/adr/0008). The time at which they are
written to the terminal is compared with that of the event by which the run says that the change is in force.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from statistics import median

import pexpect

from tests.benchmarks.terminal import SETTLE_S, endless, pressed, rate
from tui_lab.protocol.steering_events import Edited
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.journal.journal_reader import Follower

PRESSES, EACH = 120, 30
UP, DOWN, RIGHT, LEFT = (f"\x1b[{code}" for code in "ABCD")
LOST_S = 10.0
ALLOWED_S = 0.05
"""What is promised beside the step at hand, for 99 of 100 presses."""


def in_force(follower: Follower, after: float) -> float:
    """The Unix time of the next edit."""
    while time.time() < after + LOST_S:
        for record in follower.poll():
            if isinstance(record.event, Edited) and record.time >= after:
                return record.time
        time.sleep(0.002)
    raise TimeoutError("a key was pressed and no edit came of it")


def measure(screen: pexpect.spawn, follower: Follower) -> Iterator[float]:
    """Seconds from each key to its edit. The pauses in between differ, so that no rhythm is met by chance."""
    pause = random.Random(0)
    for k in range(PRESSES):
        time.sleep(pause.uniform(0.05, 0.3))
        began = time.time()
        screen.send((LEFT if k % 2 else RIGHT) + DOWN)
        yield in_force(follower, began) - began
        screen.send(UP)


def report() -> None:
    """Print the median, the 99th percentile and the worst of all presses so far, now and then."""
    print(
        f"{'presses':<10}{'step':>10}{'median':>10}{'p99':>10}{'worst':>10}{'promised p99':>15}", flush=True
    )
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "runs"
        with pressed(endless("multiclass", Path(folder)), root, "3") as screen:
            step_s = 1 / rate(root)
            follower = Follower(RunFolder(root / run_ids(root)[0]).journal)
            follower.poll()
            time.sleep(SETTLE_S)
            found: list[float] = []
            for seconds in measure(screen, follower):
                found.append(seconds)
                if len(found) % EACH == 0:
                    _print(sorted(found), step_s)


def _print(found: list[float], step_s: float) -> None:
    high = found[ceil(0.99 * len(found)) - 1]
    ms = [1000 * value for value in (step_s, median(found), high, found[-1], step_s + ALLOWED_S)]
    print(
        f"{len(found):<10}{ms[0]:>7.2f} ms{ms[1]:>7.1f} ms{ms[2]:>7.1f} ms{ms[3]:>7.1f} ms{ms[4]:>12.1f} ms",
        flush=True,
    )
