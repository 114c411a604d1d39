"""Hosts that are forked from a process with torch loaded, so that not every test waits for torch anew.

What such a host does from its first line on is what any host does; only how its process comes to be differs,
which `tests/session/test_host.py` and the tests in a terminal look at with real ones.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from types import SimpleNamespace
from typing import IO, Any

from tests.waiting import LONG_S

_SERVER = """
import json, os, signal, socket, sys
import tui_lab.engine.loop
from tui_lab.session import host

channel = socket.socket(fileno=int(sys.argv[1]))
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    request, files, _, _ = socket.recv_fds(channel, 1 << 20, 3)
    if not request:
        break
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        channel.close()
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
    channel.send(str(pid).encode())
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


class WarmHosts:
    """A process with torch loaded, started with the first host that is wanted."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def start(self, _command: list[str], stderr: int | IO[bytes], **_how: object) -> Forked:
        """Start a host, as `subprocess.Popen` would."""
        channel = self._open()
        job, stdin = os.pipe()
        stdout, answers = os.pipe()
        complaints = os.open(os.devnull, os.O_WRONLY) if isinstance(stderr, int) else os.dup(stderr.fileno())
        handed = (job, answers, complaints)
        socket.send_fds(channel, [json.dumps(dict(os.environ)).encode()], handed)
        for file in handed:
            os.close(file)
        pid = int(channel.recv(32))
        return Forked(pid, os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb"))

    def in_place_of(self, module: Any) -> SimpleNamespace:
        """`subprocess`, but for how a process is started."""
        return SimpleNamespace(**{**vars(module), "Popen": self.start})

    def close(self) -> None:
        """End the server. Hosts that still train are ended by the tests that began them."""
        if self._channel is not None and self._server is not None:
            self._channel.close()
            self._server.send_signal(signal.SIGTERM)
            self._server.wait(LONG_S)

    def _open(self) -> socket.socket:
        if self._channel is None:
            self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            command = [sys.executable, "-c", _SERVER, str(theirs.fileno())]
            self._server = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),))
            theirs.close()
        return self._channel
