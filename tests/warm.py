"""Hosts and labs that are forked from a process with torch loaded, so that not every test waits for it anew.

What such a process does from its first line on is what any does; only how it comes to be differs, which
`tests/session/test_host.py`, `tests/terminal/test_lab.py` and `test_forced.py` look at with real ones.
"""

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pexpect
import ptyprocess

from tests.waiting import LONG_S, until

_SERVER = """
import atexit, fcntl, json, os, pty, select, signal, socket, struct, subprocess, sys, termios, threading
from pathlib import Path
import tui_lab.engine.loop
import tui_lab.tui.app
from tests.warm import in_place_of
from tui_lab.cli.main import entry
from tui_lab.engine.setup.warm_up import warm_up_for_any_run
from tui_lab.session.clients import spawn
from tui_lab.session.host import host

def lab(request):
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", *request["size"], 0, 0))
    os.closerange(3, 256)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.stdin = sys.__stdin__ = open(0, closefd=False)
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)
    sys.stderr = sys.__stderr__ = open(2, "w", errors="backslashreplace", closefd=False)
    sys.argv = ["tui-lab", *request["words"]]
    spawn.subprocess = in_place_of(subprocess, Path(sys.orig_argv[-1]))
    status = 1
    try:
        entry()
        status = 0
    except SystemExit as end:
        status = end.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)

def on_a_terminal(request, client):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ending, end = os.pipe()
    pid, terminal = pty.fork()
    if pid == 0:
        lab(request)
    socket.send_fds(client, [str(pid).encode()], [terminal, ending])
    os.closerange(3, end)
    os.closerange(end + 1, 256)
    os.write(end, str(os.waitpid(pid, 0)[1]).encode())
    os._exit(0)

door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
door.bind(sys.argv[1])
door.listen(64)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
born = []
while True:
    if 0 in select.select([door, 0], [], [])[0]:  # whoever runs the tests has gone
        for host_fd in born:
            try:
                signal.pidfd_send_signal(host_fd, signal.SIGKILL)
            except ProcessLookupError:
                pass
        break
    client, _ = door.accept()
    message, files, _, _ = socket.recv_fds(client, 1 << 20, 3)
    request = json.loads(message or "{}")
    if "words" in request and os.fork() == 0:
        on_a_terminal(request, client)
    pid = os.fork() if files else None
    if pid == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        door.close()
        client.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.setsid()
        os.chdir("/")
        os.environ.clear()
        os.environ.update(request)
        status = 1
        try:
            status = host.main()
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(status)
    for file in files:
        os.close(file)
    if files:
        born.append(os.pidfd_open(pid))
    if files:
        client.send(str(pid).encode())
    client.close()
"""
LAB = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import subprocess
from pathlib import Path
from tests.warm import in_place_of
from tui_lab.cli.main import entry
from tui_lab.session.clients import spawn
spawn.subprocess = in_place_of(subprocess, Path(sys.argv.pop(1)))
entry()
"""


class Pty(ptyprocess.PtyProcess):  # type: ignore[misc]
    """A process on a terminal, which is a child of another one: that writes into `ending` how it ended."""

    def __init__(self, pid: int, terminal: int, ending: int) -> None:
        super().__init__(pid, terminal)
        self._ending = os.fdopen(ending)

    def isalive(self) -> bool:
        if not self.terminated and select.select([self._ending], [], [], 0)[0]:
            self.wait()
        return not self.terminated

    def wait(self) -> int | None:
        if not self.terminated:
            self.status = int(self._ending.read())
            self._ending.close()
            self.terminated = True
            if os.WIFSIGNALED(self.status):
                self.signalstatus = os.WTERMSIG(self.status)
            else:
                self.exitstatus = os.WEXITSTATUS(self.status)
        return self.exitstatus


class ForkedLab(pexpect.spawn):  # type: ignore[misc]
    """What `pexpect.spawn` gives, for a lab that was forked from the server behind `door`."""

    def __init__(self, door: Path, *arguments: Any, **options: Any) -> None:
        self._door = door
        super().__init__(*arguments, **options)

    def _spawnpty(self, args: list[str], **options: Any) -> Pty:
        request = {
            "words": args[1:], "environment": options["env"], "folder": options["cwd"],
            "size": options["dimensions"],
        }  # fmt: skip
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.connect(str(self._door))
            client.send(json.dumps(request).encode())
            pid, (terminal, ending), _, _ = socket.recv_fds(client, 32, 2)
        return Pty(int(pid), terminal, ending)


class Forked:
    """What `subprocess.Popen` gives, for a host that was forked from the server."""

    def __init__(self, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.pid, self.stdin, self.stdout = pid, stdin, stdout

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, timeout: float = LONG_S) -> None:
        """Until it has gone; how it ended only its server knows."""
        with suppress(ProcessLookupError):
            pidfd = os.pidfd_open(self.pid)
            try:
                if not select.select([pidfd], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired("host", timeout)
            finally:
                os.close(pidfd)


def in_place_of(module: Any, door: Path) -> SimpleNamespace:
    """`subprocess`, but a process that is started is a host forked by the server behind `door`."""

    def start(_command: list[str], stderr: int | IO[bytes], **_how: object) -> Forked:
        job, stdin = os.pipe()
        stdout, answers = os.pipe()
        complaints = os.open(os.devnull, os.O_WRONLY) if isinstance(stderr, int) else os.dup(stderr.fileno())
        handed = (job, answers, complaints)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.connect(str(door))
            socket.send_fds(client, [json.dumps(dict(os.environ)).encode()], handed)
            for file in handed:
                os.close(file)
            pid = int(client.recv(32))
        return Forked(pid, os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb"))

    return SimpleNamespace(**{**vars(module), "Popen": start})


class WarmHosts:
    """A process with torch loaded that forks hosts."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hosts"))
        self.door = self._folder / "door"
        command = [sys.executable, "-c", _SERVER, str(self.door)]
        self._server = subprocess.Popen(
            command, stdin=subprocess.PIPE, start_new_session=True, cwd=Path(__file__).parents[1]
        )
        until(self.door.exists)

    def lab(self) -> tuple[str, ...]:
        """What to start Python with for a lab that has its hosts from here."""
        return ("-c", LAB, str(Path(__file__).parents[1]), str(self.door))

    def close(self) -> None:
        """End the server, and hosts that still train; the same happens if this process is killed."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(LONG_S)
        shutil.rmtree(self._folder)
