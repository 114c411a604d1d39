"""Workers on other machines by ssh: the lab is brought along, nothing but Python and torch need be there."""

import re
import shlex
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from shlex import quote

from tui_lab.errors import InputError, Problems
from tui_lab.safe import safe
from tui_lab.session.cluster.host_scripts import INSTALL, PROBE, START, assigned
from tui_lab.session.cluster.wheel import digest, wheel_name

_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@:%\[\]-]{0,200}")
_SSH = ("ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10")
_CONNECT_S, _INSTALL_S = 60, 900
_LEAST_TORCH = (2, 10)
_AT_ONCE = 16
_UNREACHED = 255
"""The status of ssh where it is ssh that failed, not the command."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host that can train. `python`: the one that has torch, of version `torch`; `ready`: the lab is there.

    `folder`: that of the lab there, in the home folder.
    """

    name: str
    python: str
    torch: str
    folder: str
    ready: bool


@dataclass(frozen=True, slots=True)
class HostStarted:
    """A host on which `sweep join` runs as process `pid` with a log there, or why not: `problem`."""

    host: str
    pid: int = 0
    log: str = ""
    problem: str = ""


def parse_hosts(text: str) -> list[str]:
    """The hosts in `a,b,user@c`. Raises InputError."""
    hosts = [host.strip() for host in text.split(",") if host.strip()]
    if not hosts:
        raise InputError("--hosts: give at least one, as in --hosts a,b,user@c")
    if wrong := [host for host in hosts if not _HOST.fullmatch(host)]:
        raise InputError(f"--hosts: {safe(wrong[0], 60)!r} is not the name of a host")
    if len(set(hosts)) < len(hosts):
        raise InputError("--hosts: a host is given twice")
    return hosts


def find_hosts(names: Sequence[str], wheel: bytes, python: str = "") -> list[Host]:
    """Look at each host, without changing anything there.

    `python`: that of the hosts; empty for the first one found that has torch. Raises InputError with what is
    wrong with each: it cannot be reached, it has no Python or no torch.
    """
    problems = Problems()
    found: list[Host] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for future in [pool.submit(_find, name, wheel, python) for name in names]:
            with problems.caught():
                found.append(future.result())
    problems.refuse()
    return found


def start_on_hosts(
    hosts: Sequence[Host],
    wheel: bytes,
    url: str,
    study: str,
    workers: int | None = None,
    say: Callable[[str], object] = lambda _: None,
) -> list[HostStarted]:
    """Install the lab on each host where it is not yet, and start `sweep join`, which goes on by itself."""
    command = ["sweep", "join", url, study]
    if workers is not None:
        command += ["--workers", str(workers)]

    def start(host: Host) -> HostStarted:
        try:
            if not host.ready:
                say(f"host {host.name}: installing tui-lab beside its torch {host.torch}")
                _install(host, wheel)
            return _start(host, command)
        except InputError as error:
            return HostStarted(host.name, problem=str(error))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(start, hosts))


def _find(name: str, wheel: bytes, python: str) -> Host:
    folder = f".cache/tui-lab/hosts/{digest(wheel)}"
    found = _run(name, assigned(asked=python, folder=folder) + PROBE, _CONNECT_S)
    if not found.get("python"):
        what = f"{python} is not Python 3.11 or newer" if python else "no Python 3.11 or newer"
        raise InputError(f"host {name}: {what}; name another with --host-python")
    torch = found.get("torch", "")
    if not torch:
        raise InputError(f"host {name} has no torch (looked at {safe(found['python'])})")
    if _version(torch) < _LEAST_TORCH:
        needed = ".".join(map(str, _LEAST_TORCH))
        raise InputError(f"host {name}: its torch {safe(torch, 40)} is too old; {needed} is needed")
    return Host(name, found["python"], torch, found["folder"], found.get("ready") == "yes")


def _install(host: Host, wheel: bytes) -> None:
    path = f"{host.folder}/{wheel_name()}"
    _ssh(host.name, f"umask 077; mkdir -p {quote(host.folder)} && cat > {quote(path)}", wheel, _INSTALL_S)
    names = {"folder": host.folder, "python": host.python, "wheel": wheel_name(), "torch": host.torch}
    done = _run(host.name, assigned(**names) + INSTALL, _INSTALL_S)
    if done.get("installed") != "yes":
        raise InputError(
            f"host {host.name}: tui-lab cannot be installed: {safe(done.get('problem', ''), 300)}"
        )


def _start(host: Host, command: Sequence[str]) -> HostStarted:
    started = _run(host.name, assigned(folder=host.folder, command=shlex.join(command)) + START, _CONNECT_S)
    if started.get("running") != "yes":
        said = started.get("problem", "").removeprefix("tui-lab: ") or "the worker ended at once"
        raise InputError(f"host {host.name}: {safe(said, 400)}")
    return HostStarted(host.name, int(started.get("pid") or 0), started.get("log", ""))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _run(host: str, script: str, timeout_s: float) -> dict[str, str]:
    """Run a script there; the lines `NAME=VALUE` that it printed."""
    said = _ssh(host, "sh -s", script.encode(), timeout_s)
    lines = [line.partition("=") for line in said.splitlines() if "=" in line]
    return {name: value for name, _, value in lines}


def _ssh(host: str, command: str, given: bytes, timeout_s: float) -> str:
    """Run a command there; what it wrote. Raises InputError if the host cannot be reached."""
    try:
        done = subprocess.run(
            [*_SSH, "--", host, command], input=given, capture_output=True, timeout=timeout_s, check=False
        )
    except FileNotFoundError:
        raise InputError("--hosts: no `ssh` on this machine") from None
    except subprocess.TimeoutExpired:
        raise InputError(f"host {host}: no answer within {timeout_s:.0f} s") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = safe(said[-1], 300) if said else f"ssh ended with {done.returncode}"
        what = "cannot be reached by ssh" if done.returncode == _UNREACHED else "cannot be used"
        raise InputError(f"host {host}: {what}: {why}")
    return done.stdout.decode(errors="replace")
