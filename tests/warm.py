"""Hosts that are forked from a process with torch loaded, so that not every test waits for torch anew.

What such a host does from its first line on is what any host does; only how its process comes to be differs,
which `tests/session/test_host.py` and `tests/terminal/test_lab.py` look at with real ones.
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

from tests.waiting import LONG_S, until

_SERVER = """
import json, os, select, signal, socket, sys
import tui_lab.engine.loop
from tui_lab.session.host import host

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
    request, files, _, _ = socket.recv_fds(client, 1 << 20, 3)
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
        os.environ.update(json.loads(request))
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
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
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
