"""The socket through which a host is controlled: lines of JSON on a Unix socket in the run's folder.

No port is opened, and only the owner of the folder can connect (socket 0600 in a folder 0700).
"""

import contextlib
import os
import socket
import stat
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from tui_lab.protocol.commands import Command, encode_command
from tui_lab.runs.files.secure_files import kind_of
from tui_lab.runs.folder.folder import CONTROL, RunFolder

MAX_LINE = 65_536
_TIMEOUT_S = 2.0
_OPEN_FILES = Path("/proc/self/fd")
Said = TypeVar("Said")
"""A command."""


@contextmanager
def _address(folder: RunFolder) -> Iterator[str]:
    """A path to the socket through the open folder, within the 103 bytes of a Unix socket address."""
    with folder.files.opened() as descriptor:
        if _OPEN_FILES.is_dir():
            yield f"{_OPEN_FILES}/{descriptor}/{CONTROL}"
            return
        plain = str(folder.control)  # only Linux has paths for descriptors
        if len(os.fsencode(plain)) <= 100:
            yield plain
            return
        with tempfile.TemporaryDirectory(prefix="tui-lab-") as near:
            link = Path(near) / "run"
            link.symlink_to(folder.path.absolute())
            yield str(link / CONTROL)


def listen(folder: RunFolder) -> socket.socket:
    """The listening socket of a host; one left behind by a killed host is replaced.

    OSError: the file system does not support sockets, or there is no room for one.
    """
    folder.files.remove(CONTROL)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    old = os.umask(0o177)
    try:
        with _address(folder) as address:
            server.bind(address)
    except OSError:
        server.close()
        raise
    finally:
        os.umask(old)
    server.listen(16)
    server.setblocking(False)
    return server


def connect(folder: RunFolder) -> socket.socket:
    """A connection to the host of a run. OSError: nobody is listening, or it is not a socket."""
    with folder.files.opened() as descriptor:
        kind = os.stat(CONTROL, dir_fd=descriptor, follow_symlinks=False).st_mode
    if not stat.S_ISSOCK(kind):
        raise ConnectionRefusedError(None, f"it is {kind_of(kind)}, not a socket")
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(_TIMEOUT_S)
    try:
        with _address(folder) as address:
            client.connect(address)
    except OSError:
        client.close()
        raise
    return client


def send(folder: RunFolder, command: Command) -> bool:
    """Send a command to the host of a run; whether a host accepted it."""
    return send_line(folder, encode_command(command))


def send_line(folder: RunFolder, line: bytes) -> bool:
    """Send a command to the process that trains a run or leads a sweep; whether it was accepted."""
    try:
        with connect(folder) as client:
            client.sendall(line + b"\n")
            return client.recv(16) == b"ok\n"
    except OSError:
        return False


class Conversation(Generic[Said]):
    """One connection to a host: whole lines in, `ok` or `no` out. An overlong line ends it.

    Received commands are handed out one at a time, and nothing more is read until all of them are taken: a
    client that sends faster than the run can handle has to wait.
    """

    def __init__(self, connection: socket.socket, decode: Callable[[bytes], Said]) -> None:
        """`decode` reads a command, or raises ValueError."""
        connection.setblocking(False)
        self._decode = decode
        self.socket = connection
        self.gone = False
        """Whether the other side has closed the connection; what it sent before that is still handled."""
        self._pending = b""
        self._lines: deque[bytes] = deque()

    @property
    def waiting(self) -> bool:
        return bool(self._lines)

    def read(self) -> bool:
        """Receive what has been sent; False once the other side has closed."""
        try:
            data = self.socket.recv(MAX_LINE)
        except BlockingIOError:
            return True
        except OSError:
            return False
        *lines, self._pending = (self._pending + data).split(b"\n")
        self._lines.extend(lines)
        return bool(data) and len(self._pending) <= MAX_LINE

    def take(self) -> Said | None:
        """The next command, answered with `ok`; None if the line is not a command."""
        try:
            command, answer = self._decode(self._lines.popleft()), b"ok\n"
        except ValueError:
            command, answer = None, b"no\n"
        with contextlib.suppress(OSError):
            self.socket.send(answer)
        return command
