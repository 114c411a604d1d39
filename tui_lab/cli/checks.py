"""What `doctor` looks at. A check gives findings; it never raises."""

import json
import locale
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_lab import __version__
from tui_lab.cli.output import can_redraw, is_terminal
from tui_lab.errors import InputError
from tui_lab.runs.atomic import check_folder_writable, reason
from tui_lab.runs.folder import run_ids
from tui_lab.runs.permissions import check_ours

_PROBE_TIMEOUT_S = 120
_LITTLE_SPACE = 2**30
_SMALL = (80, 24)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    `remedy`: what to do; empty if all is well. `essential`: without it nothing can be trained.
    """

    what: str
    remedy: str = ""
    essential: bool = False


def probe() -> dict[str, Any]:
    """Ask a Python of its own what can be imported; `error` says why there is no answer.

    -P: neither the current folder nor that of the program may stand in for a library.
    """
    command = [sys.executable, "-P", str(Path(__file__).with_name("probe.py"))]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PROBE_TIMEOUT_S, errors="replace", check=False
        )
        answer: dict[str, Any] = json.loads(done.stdout.rstrip().rpartition("\n")[2])
        return answer
    except subprocess.TimeoutExpired:
        return {"error": f"took more than {_PROBE_TIMEOUT_S} s"}
    except (OSError, ValueError):
        return {"error": "ended without an answer"}


def versions(probed: dict[str, Any]) -> Iterator[Finding]:
    """Python, tui-lab, and each library that is needed."""
    yield Finding(f"python {platform.python_version()} ({sys.executable})")
    yield Finding(f"tui-lab {__version__}")
    if "error" in probed:
        remedy = "run `python -X faulthandler -c 'import torch, torchvision'` to see where, and reinstall"
        yield Finding(f"importing the libraries {probed['error']}", remedy, essential=True)
    for name, (version, error) in probed.get("libraries", {}).items():
        if not error:
            yield Finding(f"{name} {version}")
            continue
        remedy = f"reinstall it: `{Path(sys.executable).name} -m pip install --force-reinstall {name}`"
        if name == "torchvision":
            remedy = "install torch and torchvision together, from the same index: a pair fits, a mixture not"
        yield Finding(f"{name} {error}", remedy, essential=True)


def devices(probed: dict[str, Any]) -> Iterator[Finding]:
    """The CPU, and what is quicker."""
    found = probed.get("devices") or {}
    yield Finding(f"cpu: {found.get('threads', '?')} threads for torch, {os.cpu_count()} cores")
    for index, (name, error) in enumerate(found.get("cuda", ())):
        what = f"cuda:{index}: {name}" + (f": {error}" if error else "")
        yield Finding(
            what, "see what else uses it with nvidia-smi, or train with --device cpu" if error else ""
        )
    if not found.get("cuda"):
        yield _no_cuda(found)
    if found.get("mps"):
        yield Finding("mps: here")


def _no_cuda(found: dict[str, Any]) -> Finding:
    problem, built_for = found.get("cuda_problem", ""), found.get("built_for", "")
    if not shutil.which("nvidia-smi"):
        return Finding("cuda: none here")
    if not built_for:
        return Finding("cuda: this torch is built without it", "install a torch that is built for CUDA")
    return Finding(
        f"cuda: there is a driver, but torch (built for CUDA {built_for}) finds no device"
        + (f": {problem}" if problem else ""),
        "look at nvidia-smi and CUDA_VISIBLE_DEVICES; an old driver wants an older torch or an update",
    )


def terminal() -> Iterator[Finding]:
    """Whether the lab can be shown here, and how well."""
    term = os.environ.get("TERM", "")
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        yield Finding("no terminal here", "the lab needs one; `tui-lab train` does not")
    elif can_redraw(sys.stdout):
        yield Finding(f"TERM {term}")
    else:
        yield Finding(
            f"TERM {term or 'is not set'}", "set it to what the terminal is, as in TERM=xterm-256color"
        )
    columns, lines = shutil.get_terminal_size()
    small = columns < _SMALL[0] or lines < _SMALL[1]
    yield Finding(f"size {columns}x{lines}", "80x24 is the least that shows everything" if small else "")
    if can_redraw(sys.stdout):
        yield _colour(term)
    encoding = (sys.stdout.encoding if sys.stdout else None) or locale.getpreferredencoding(False)
    utf8 = encoding.lower().replace("-", "") == "utf8"
    yield Finding(f"encoding {encoding}", "" if utf8 else "set LANG to a UTF-8 locale, as in LANG=C.UTF-8")
    for variable, name in (("TMUX", "tmux"), ("STY", "screen")):
        if os.environ.get(variable):
            yield Finding(f"inside {name}: the lab outlives a lost connection")


def _colour(term: str) -> Finding:
    if os.environ.get("NO_COLOR"):
        return Finding("NO_COLOR is set: curves differ by their marks")
    if os.environ.get("COLORTERM") in ("truecolor", "24bit") or "direct" in term:
        return Finding("colours: 16 million")
    if "256" in term:
        return Finding("colours: 256; COLORTERM=truecolor, if the terminal can, gives all")
    return Finding(
        "colours: 16 at most", "if the terminal can do more: TERM=xterm-256color, COLORTERM=truecolor"
    )


def folders(root: Path | None, problem: str) -> Iterator[Finding]:
    """Where runs and presets lie, whether they can be written, and how much room there is."""
    if root is None:
        yield Finding(f"runs: {problem}", "set TUI_LAB_RUNS or HOME", essential=True)
    else:
        yield _runs_folder(root)
    yield from _presets()


def _runs_folder(root: Path) -> Finding:
    """The folder need not exist yet: then what counts is the nearest one that does."""
    remedy = "name another folder with --runs DIR or TUI_LAB_RUNS"
    try:
        there = next(folder for folder in (root, *root.absolute().parents) if folder.exists())
        if there == root:
            check_ours(root)
        check_folder_writable(there)
        count, free = len(run_ids(root)), shutil.disk_usage(there).free
    except (OSError, ValueError, StopIteration) as error:
        why = reason(error) if isinstance(error, OSError | ValueError) else "no such place"
        return Finding(f"runs in {root}: cannot be written: {why}", remedy, essential=True)
    except InputError as error:
        what, _, way_out = str(error).rpartition("; ")
        return Finding(f"runs: {what}", way_out or remedy, essential=True)
    what = f"runs in {root}: {count}, {free / 2**30:,.1f} GiB free"
    return Finding(what, "make room before a long run" if free < _LITTLE_SPACE else "")


def _presets() -> Iterator[Finding]:
    try:
        from tui_lab.spec.presets import bundled_folder, own_folder, shelf

        found, bundled, own = shelf(), bundled_folder(), own_folder()
    except Exception as error:
        yield Finding(f"presets cannot be read: {error}", "reinstall tui-lab", essential=True)
        return
    if found.presets:
        yield Finding(f"presets in {bundled}: {', '.join(found.presets)}")
    else:
        yield Finding(f"presets in {bundled}: none", "reinstall tui-lab", essential=True)
    yield Finding(f"presets of your own in {own}" + ("" if own.is_dir() else ": none yet"))
    for problem in found.problems:
        yield Finding(problem, "mend the file, or take it away")
