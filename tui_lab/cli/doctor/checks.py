"""The checks of `doctor`. A check yields findings; it never raises."""

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
from tui_lab.cli.output.output import can_redraw, is_terminal
from tui_lab.engine.native.compiler import find_compiler
from tui_lab.errors import InputError
from tui_lab.files import check_folder_writable, reason
from tui_lab.runs.files.permissions import check_ours
from tui_lab.runs.folder.folder import run_ids

_PROBE_TIMEOUT_S = 120
_LITTLE_SPACE = 2**30
_SMALL = (80, 24)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    `remedy`: what to do; empty if all is well. `essential`: training is impossible without it.
    """

    what: str
    remedy: str = ""
    essential: bool = False


def probe() -> dict[str, Any]:
    """Find out in a separate Python process what can be imported; `error` says why there is no answer.

    -P: no module of the current folder or the program's folder may shadow a library.
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
    """Python, tui-lab, and each required library."""
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
            remedy = "install matching versions of torch and torchvision, from the same index"
        yield Finding(f"{name} {error}", remedy, essential=True)


def devices(probed: dict[str, Any]) -> Iterator[Finding]:
    """The CPU and any accelerators."""
    found = probed.get("devices") or {}
    yield Finding(f"cpu: {found.get('threads', '?')} threads for torch, {os.cpu_count()} cores")
    if compiler := find_compiler():
        yield Finding(f"C compiler {compiler[0]}, for speed fast on the CPU")
    else:
        yield Finding("no C compiler: on the CPU, speed fast trains as exact does", "install gcc or clang")
    for index, (name, error) in enumerate(found.get("cuda", ())):
        what = f"cuda:{index}: {name}" + (f": {error}" if error else "")
        yield Finding(
            what, "see what else uses it with nvidia-smi, or train with --device cpu" if error else ""
        )
    if not found.get("cuda"):
        yield _no_cuda(found)
    if found.get("mps"):
        yield Finding("mps: available")


def _no_cuda(found: dict[str, Any]) -> Finding:
    problem, built_for = found.get("cuda_problem", ""), found.get("built_for", "")
    if not shutil.which("nvidia-smi"):
        return Finding("cuda: not available")
    if not built_for:
        return Finding("cuda: this torch is built without CUDA", "install a CUDA build of torch")
    return Finding(
        f"cuda: there is a driver, but torch (built for CUDA {built_for}) finds no device"
        + (f": {problem}" if problem else ""),
        "check nvidia-smi and CUDA_VISIBLE_DEVICES; an old driver needs an update or an older torch",
    )


def terminal() -> Iterator[Finding]:
    """What the terminal can do."""
    term = os.environ.get("TERM", "")
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        yield Finding("not a terminal", "the lab needs one; `tui-lab train` does not")
    elif can_redraw(sys.stdout):
        yield Finding(f"TERM {term}")
    else:
        yield Finding(
            f"TERM {term or 'is not set'}", "set it to your terminal's type, e.g. TERM=xterm-256color"
        )
    columns, lines = shutil.get_terminal_size()
    small = columns < _SMALL[0] or lines < _SMALL[1]
    yield Finding(f"size {columns}x{lines}", "make the window at least 80x24" if small else "")
    if can_redraw(sys.stdout):
        yield _colour(term)
    encoding = (sys.stdout.encoding if sys.stdout else None) or locale.getpreferredencoding(False)
    utf8 = encoding.lower().replace("-", "") == "utf8"
    yield Finding(f"encoding {encoding}", "" if utf8 else "set LANG to a UTF-8 locale, e.g. LANG=C.UTF-8")
    for variable, name in (("TMUX", "tmux"), ("STY", "screen")):
        if os.environ.get(variable):
            yield Finding(f"inside {name}: the lab survives a lost connection")


def _colour(term: str) -> Finding:
    if os.environ.get("NO_COLOR"):
        return Finding("NO_COLOR is set: curves differ by their markers")
    if os.environ.get("COLORTERM") in ("truecolor", "24bit") or "direct" in term:
        return Finding("colours: 16 million")
    if "256" in term:
        return Finding("colours: 256 (set COLORTERM=truecolor if the terminal has 24-bit colour)")
    return Finding(
        "colours: 16 at most", "if the terminal has more: TERM=xterm-256color, COLORTERM=truecolor"
    )


def folders(root: Path | None, problem: str) -> Iterator[Finding]:
    """Where runs and presets are, whether they are writable, and how much space is free."""
    if root is None:
        yield Finding(f"runs: {problem}", "set TUI_LAB_RUNS or HOME", essential=True)
    else:
        yield _runs_folder(root)
    yield from _presets()


def _runs_folder(root: Path) -> Finding:
    """The folder need not exist yet: then the nearest existing parent is checked."""
    remedy = "choose another folder with --runs DIR or TUI_LAB_RUNS"
    try:
        there = next(folder for folder in (root, *root.absolute().parents) if folder.exists())
        if there == root:
            check_ours(root)
        check_folder_writable(there)
        count, free = len(run_ids(root)), shutil.disk_usage(there).free
    except (OSError, ValueError, StopIteration) as error:
        why = reason(error) if isinstance(error, OSError | ValueError) else "no such folder"
        return Finding(f"runs in {root}: not writable: {why}", remedy, essential=True)
    except InputError as error:
        what, _, way_out = str(error).rpartition("; ")
        return Finding(f"runs: {what}", way_out or remedy, essential=True)
    what = f"runs in {root}: {count}, {free / 2**30:,.1f} GiB free"
    return Finding(what, "free some space before a long run" if free < _LITTLE_SPACE else "")


def _presets() -> Iterator[Finding]:
    try:
        from tui_lab.experiment.preset_files import bundled_folder, own_folder
        from tui_lab.experiment.presets import all_presets

        found, bundled, own = all_presets(), bundled_folder(), own_folder()
    except Exception as error:
        yield Finding(f"cannot read the presets: {error}", "reinstall tui-lab", essential=True)
        return
    if found.presets:
        yield Finding(f"presets in {bundled}: {', '.join(found.presets)}")
    else:
        yield Finding(f"presets in {bundled}: none", "reinstall tui-lab", essential=True)
    yield Finding(f"your own presets in {own}" + ("" if own.is_dir() else ": none yet"))
    for problem in found.problems:
        yield Finding(problem, "fix the file, or remove it")
