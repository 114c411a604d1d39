"""Compiles C with the machine's own compiler, once, into the cache folder."""

import ctypes
import os
import platform
import shlex
import shutil
import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path

import platformdirs

from tui_lab.files import temporary_in
from tui_lab.safe import safe

_COMPILERS = ("cc", "gcc", "clang")
_FLAGS = ("-O3", "-fno-math-errno", "-shared", "-fPIC", "-std=gnu11")
_FOR_THIS_PROCESSOR = (("-march=native",), ())
"""The first that the compiler accepts is used."""
_TIMEOUT_S = 120


class NoCompilerError(Exception):
    """There is no compiled code on this machine; the message says why."""


def find_compiler() -> list[str]:
    """The command of the C compiler, `CC` if that is set; empty if there is none."""
    commands = [shlex.split(os.environ["CC"])] if os.environ.get("CC") else [[name] for name in _COMPILERS]
    return next(([found, *rest] for name, *rest in commands if (found := shutil.which(name))), [])


@cache
def compiled(source: Path) -> ctypes.CDLL | NoCompilerError:
    """The library made from a source file and the headers beside it; where that fails, what went wrong.

    Tried once in a process.
    """
    try:
        return _compiled(source)
    except NoCompilerError as error:
        return error


def _compiled(source: Path) -> ctypes.CDLL:
    compiler = find_compiler()
    if not compiler:
        raise NoCompilerError("there is no C compiler here (cc, gcc or clang)")
    try:
        folder = platformdirs.user_cache_path("tui-lab") / "native"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        library = folder / f"{source.stem}-{_key(source, compiler)}.so"
        if not library.exists():
            _compile(compiler, source, library)
        return ctypes.CDLL(str(library))
    except OSError as error:
        raise NoCompilerError(f"the compiled code cannot be used: {safe(error, 120)}") from None


def _key(source: Path, compiler: list[str]) -> str:
    """Differs wherever the result may: a home folder can be shared by machines with different processors."""
    try:
        told = Path("/proc/cpuinfo").read_text().split("\n\n")[0]
        processor = next((line for line in told.splitlines() if line.startswith(("flags", "Features"))), "")
    except OSError:
        processor = platform.processor()
    real = Path(compiler[0]).resolve()
    used = (*compiler[1:], str(real), str(real.stat().st_mtime_ns))
    about = (platform.platform(), platform.machine(), processor, *used)
    code = [path.read_text() for path in (source, *sorted(source.parent.glob("*.h")))]
    return sha256("\n".join((*about, *_FLAGS, *code)).encode()).hexdigest()[:16]


def _compile(compiler: list[str], source: Path, library: Path) -> None:
    problem = ""
    for processor in _FOR_THIS_PROCESSOR:
        with temporary_in(library.parent) as temporary:
            command = [*compiler, *_FLAGS, *processor, "-o", str(temporary), str(source), "-lm"]
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                raise NoCompilerError(f"{compiler[0]} took longer than {_TIMEOUT_S} s") from None
            if not done.returncode:
                temporary.replace(library)
                return
            problem = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr)
    raise NoCompilerError(f"{compiler[0]} failed: {safe(problem.strip(), 120)}")
