"""What a host does with many commands, many connections, and no descriptor left."""

import socket
from collections.abc import Iterator
from errno import EMFILE

import pytest

from tui_lab.protocol.commands import Command, Edit, Pause, decode_command, encode_command
from tui_lab.session.host.command_server import MOST_CONNECTIONS, NO_DESCRIPTOR_S, CommandServer
from tui_lab.session.host.rate_limit import BURST, PER_SECOND, RateLimit


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Listening:
    """A server on an abstract or a real address, and the commands that came through."""

    def __init__(self, path: str) -> None:
        self.path, self.clock, self.heard = path, Clock(), list[Command]()
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(path)
        self.server.listen(128)
        self.server.setblocking(False)
        self.commands = CommandServer(self.server, self.heard.append, decode_command, self.clock)
        self.wake, woken = socket.socketpair()
        self.commands.watch(woken)

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(10)
        client.connect(self.path)
        self.serve()
        return client

    def serve(self) -> None:
        """One round; the wake-up keeps it from waiting where nothing happens."""
        self.wake.send(b".")
        self.commands.serve()


@pytest.fixture
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    found = Listening(str(tmp_path_factory.mktemp("s") / "s"))
    yield found
    found.commands.close()


def edits(count: int) -> bytes:
    return b"".join(encode_command(Edit("lr", k / 1000)) + b"\n" for k in range(1, count + 1))


def test_an_allowance_is_a_burst_and_then_so_many_a_second() -> None:
    clock = Clock()
    allowance = RateLimit(clock)
    assert [allowance.take() for _ in range(BURST + 1)] == [True] * BURST + [False]
    assert allowance.wait_s == pytest.approx(1 / PER_SECOND)
    clock.now += 1
    assert [allowance.take() for _ in range(int(PER_SECOND) + 1)] == [True] * int(PER_SECOND) + [False]
    clock.now += 1e6
    assert sum(allowance.take() for _ in range(1000)) == BURST


def test_a_flood_is_held_back_and_none_of_it_is_lost(listening: Listening) -> None:
    client = listening.connect()
    client.sendall(edits(500))
    for _ in range(50):
        listening.serve()
    assert len(listening.heard) == BURST, "no more without time passing"
    while len(listening.heard) < 500:
        before = len(listening.heard)
        listening.clock.now += 1
        listening.serve()
        listening.serve()
        assert before < len(listening.heard) <= before + PER_SECOND
    assert [command.value for command in listening.heard if isinstance(command, Edit)] == [
        k / 1000 for k in range(1, 501)
    ]


def test_who_floods_keeps_nobody_else_waiting(listening: Listening) -> None:
    loud, other = listening.connect(), listening.connect()
    loud.sendall(edits(500))
    for _ in range(5):
        listening.serve()
    other.sendall(encode_command(Pause()) + b"\n")
    listening.serve()
    listening.clock.now += 2 / PER_SECOND
    listening.serve()
    assert Pause() in listening.heard
    assert other.recv(16) == b"ok\n"


def test_what_was_sent_before_hanging_up_is_obeyed(listening: Listening) -> None:
    with listening.connect() as client:
        client.sendall(edits(BURST + 5))
    for _ in range(3):
        listening.serve()
    listening.clock.now += 1
    for _ in range(3):
        listening.serve()
    assert len(listening.heard) == BURST + 5


def test_connections_are_bounded_and_the_oldest_idle_one_goes(listening: Listening) -> None:
    clients = [listening.connect() for _ in range(MOST_CONNECTIONS + 1)]
    assert clients[0].recv(16) == b"", "closed"
    clients[-1].sendall(encode_command(Pause()) + b"\n")
    listening.serve()
    assert clients[-1].recv(16) == b"ok\n"


def test_without_a_descriptor_the_server_rests_instead_of_spinning(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    class NoneLeft:
        def accept(self) -> None:
            nonlocal tries
            tries += 1
            raise OSError(EMFILE, "Too many open files")

    real, commands = listening.server, listening.commands
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(10)
    client.connect(listening.path)
    monkeypatch.setattr(real.__class__, "accept", NoneLeft.accept, raising=False)
    for _ in range(20):
        listening.serve()
    monkeypatch.undo()
    assert tries == 1, "it was not tried again before a second had passed"
    assert commands._timeout() == pytest.approx(NO_DESCRIPTOR_S)
    client.sendall(encode_command(Pause()) + b"\n")
    listening.clock.now += NO_DESCRIPTOR_S
    for _ in range(3):
        listening.serve()
    assert listening.heard == [Pause()], "who had to wait is heard then"
