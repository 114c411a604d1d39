"""What a long journal costs: 100,000 epochs, 100 a second, as a host writes them, listed, attached, exported.

Each task runs in a process of its own; the memory is the most that it took.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.runs.samples import closing, epoch, experiment, opening
from tui_lab.protocol.codec import encode
from tui_lab.protocol.events import Event, Measured, Record
from tui_lab.protocol.sealing import seal
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.journal.journal import Journal
from tui_lab.runs.journal.snapshot import NAME

EPOCHS = int(os.environ.get("TUI_LAB_EPOCHS", "100000"))
_TASKS = {
    "nothing but the imports": "",
    "list": "from tui_lab.runs.index.listing import list_runs; list_runs(root)",
    "list, in the lab": "from tui_lab.runs.index.run_index import RunIndex; RunIndex(root).look()",
    "attach": "from tui_lab.session.clients.attached import RemoteSession; RemoteSession.opened(run)",
    "export": (
        "from tui_lab.runs.folder.reading import load_run; "
        "from tui_lab.runs.export.export import export_text; "
        "from tui_lab.runs.files.output_file import write_text; "
        "write_text(root / 'export.json', export_text(run.run_id, load_run(run).view))"
    ),
    "chart, the first frame": (
        "from tui_lab.runs.folder.reading import load_run; "
        "from tui_lab.tui.chart.run_series import Tracks, chart_data; "
        "from tui_lab.tui.chart.curves.lens import Lens; "
        "view = load_run(run).view; held(lambda: chart_data(view, '', Lens()))"
    ),
    "chart, every other frame": (
        "from tui_lab.runs.folder.reading import load_run; "
        "from tui_lab.tui.chart.run_series import Tracks, chart_data; "
        "from tui_lab.tui.chart.curves.lens import Lens; "
        "view, tracks = load_run(run).view, Tracks(); chart_data(view, '', Lens(), None, tracks); "
        "held(lambda: chart_data(view, '', Lens(), None, tracks))"
    ),
    "j in the lab": (
        "from tui_lab.runs.folder.reading import load_run; from tui_lab.tui.lab.export import Export; "
        "view = load_run(run).view; export = held(lambda: Export(run, view, root)); wait(lambda: export.done)"
    ),
    "opened from the list": (
        "from tui_lab.session.clients.reopen import reopen; "
        "from tui_lab.tui.state.background import BackgroundTask; "
        "task = BackgroundTask(lambda: reopen(run)); wait(lambda: task.done)"
    ),
}
_CHILD = """
import sys, time
from pathlib import Path
import tui_lab.runs.folder.reading, tui_lab.runs.export.export, tui_lab.runs.index.run_index
import tui_lab.session.clients.attached
from tui_lab.runs.folder.folder import RunFolder
root, run = Path(sys.argv[1]), RunFolder(Path(sys.argv[2]))
hold = 0.0

def held(act):  # on the thread of the screen
    global hold
    at = time.perf_counter()
    found = act()
    hold = max(hold, time.perf_counter() - at)
    return found

def wait(done):  # for another thread: the screen is held up for as long as a nap takes too long
    global hold
    while not done():
        at = time.perf_counter()
        time.sleep(0.005)
        hold = max(hold, time.perf_counter() - at - 0.005)

began = time.perf_counter()
{task}
most = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(time.perf_counter() - began, time.process_time(), int(most.split()[1]) / 1024, 1000 * hold)
"""


def report() -> None:
    """Print seconds and MiB for each task: with the snapshot that the trainer kept, then without any."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        run = create(root, experiment())
        written, encoded = _written(run), _encoding()
        print(
            f"  writing {EPOCHS:,} epochs: {written:.1f} us an epoch; encoding an event a line {encoded:.1f}",
            flush=True,
        )
        size, kept = run.journal.stat().st_size / 1e6, (run.path / NAME).stat().st_size / 1e6
        print(f"  journal {size:.0f} MB, snapshot {kept:.0f} MB", flush=True)
        for name, task in _TASKS.items():
            _print(name, root, run, task)
        (run.path / NAME).unlink()
        for name in ("list, without a snapshot", "list, with the one it left"):
            _print(name, root, run, _TASKS["list"])


def _events(number: int) -> Iterator[Event]:
    """An epoch of 8 steps; the steps are told with every tenth of them."""
    yield replace(
        epoch(number, 0.5 + 1 / number, number < 1000), step=8 * number, train_loss=1 / (number + 0.1)
    )
    if not number % 10:
        steps = range(8 * number - 63, 8 * number + 1)
        yield Measured(number, 8 * number, {"loss": tuple((step, 0.123456789 + 1 / step) for step in steps)})


def _written(run: RunFolder) -> float:
    """Microseconds an epoch."""
    began = time.process_time()
    now = 0.0
    with Journal.open(run.journal, lambda: now) as journal:
        for event in opening():
            journal.append(event)
        for number in range(1, EPOCHS + 1):
            now += 0.01
            for event in _events(number):
                journal.append(event)
        for event in closing():
            journal.append(event)
    return (time.process_time() - began) / EPOCHS * 1e6


def _encoding() -> float:
    """What the same epochs take to be made and encoded, an event a line, in microseconds."""
    began = time.process_time()
    for number in range(1, 10_001):
        for event in _events(number):
            seal(encode(Record(number, 1_700_000_000.5, event)))
    return (time.process_time() - began) / 10_000 * 1e6


def _print(name: str, root: Path, run: RunFolder, task: str) -> None:
    """Seconds, those of the processor with the imports, memory, and the longest hold of the screen if any."""
    command = [sys.executable, "-c", _CHILD.format(task=task), str(root), str(run.path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (run.path / "summary.json").unlink(missing_ok=True)
    seconds, cpu_s, mebibytes, hold_ms = map(float, told.split())
    held = f"  screen held up for at most {hold_ms:.0f} ms" if hold_ms else ""
    print(f"  {name:<32} {seconds:6.2f} s {cpu_s:6.2f} s CPU {mebibytes:6.0f} MiB{held}", flush=True)
