"""The control socket of a run that is trained by a process with a terminal: served by a thread."""

import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from tui_lab.protocol.commands import Command, decode_command
from tui_lab.protocol.events import Record
from tui_lab.runs.folder.folder import CONTROL, RunFolder
from tui_lab.session.host.command_server import CommandServer
from tui_lab.session.host.control_socket import Said, listen


def steerable(
    records: Iterator[Record], folder: RunFolder, obey: Callable[[Command], None]
) -> Generator[Record]:
    """The records of a run; from the first to the last it can be steered from the lab and the shell."""
    first = next(records, None)  # the run is locked from here on
    if first is None:
        return
    with controlled(folder, obey, decode_command):
        yield first
        yield from records


@contextmanager
def controlled(
    folder: RunFolder, obey: Callable[[Said], object], decode: Callable[[bytes], Said]
) -> Iterator[None]:
    """Inside, commands sent to the control socket are passed to `obey`, by another thread.

    `decode` reads a command from a line, or raises ValueError. Where the file system has no sockets nothing
    can be steered, and goes on.
    """
    try:
        server = listen(folder)
    except OSError:
        yield
        return
    wake, woken = socket.socketpair()
    woken.setblocking(False)
    done, commands = Event(), CommandServer(server, obey, decode)
    commands.watch(woken)

    def serve() -> None:
        while not done.is_set():
            commands.serve()

    thread = Thread(target=serve, name="control", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        wake.send(b".")
        thread.join()
        commands.close()
        wake.close()
        woken.close()
        with suppress(OSError):
            folder.files.remove(CONTROL)
