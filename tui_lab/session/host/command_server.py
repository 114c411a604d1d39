"""The connections of a host: whose command is next, and how often.

Commands are taken from the connections in turn, so one client that floods the host cannot starve the others,
and no faster than a `RateLimit` permits, so commands cannot use up the time for training. If the process
has no file descriptor left for another connection, new ones wait for a second.
"""

import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Generic

from tui_lab.session.host.control_socket import Conversation, Said
from tui_lab.session.host.rate_limit import RateLimit

MOST_CONNECTIONS = 64
"""Beyond this many, the oldest connection with nothing pending is closed."""
NO_DESCRIPTOR_S = 1.0


class CommandServer(Generic[Said]):
    """Accepts connections and passes their commands to `obey`, one call of `serve` at a time."""

    def __init__(
        self,
        server: socket.socket | None,
        obey: Callable[[Said], object],
        decode: Callable[[bytes], Said],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`server` is None if no socket could be created: then nobody can connect.

        `decode` reads a command from a line, or raises ValueError.
        """
        self._server, self._obey, self._decode, self._clock = server, obey, decode, clock
        self._selector = selectors.DefaultSelector()
        self._rate_limit = RateLimit(clock)
        self._talks: list[Conversation[Said]] = []
        self._closed_until: float | None = None
        if server is not None:
            self._selector.register(server, selectors.EVENT_READ, self._accept)

    def watch(self, woken: socket.socket) -> None:
        """Return from `serve` at once when `woken` is readable; it is then drained."""
        self._selector.register(woken, selectors.EVENT_READ, lambda: woken.recv(4096))

    def serve(self) -> None:
        for key, _ in self._selector.select(self._timeout()):
            key.data()
        if self._closed_until is not None and self._clock() >= self._closed_until:
            self._closed_until = None
            assert self._server is not None
            self._selector.register(self._server, selectors.EVENT_READ, self._accept)
        self._hand_out()

    def close(self) -> None:
        for talk in list(self._talks):
            self._hang_up(talk)
        self._selector.close()
        if self._server is not None:
            self._server.close()

    def _timeout(self) -> float | None:
        waits = [self._rate_limit.wait_s] if any(talk.waiting for talk in self._talks) else []
        if self._closed_until is not None:
            waits.append(max(0.0, self._closed_until - self._clock()))
        return min(waits, default=None)

    def _accept(self) -> None:
        assert self._server is not None
        try:
            connection, _ = self._server.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:  # no descriptor or memory left: it would be reported again and again
            self._selector.unregister(self._server)
            self._closed_until = self._clock() + NO_DESCRIPTOR_S
            self._make_room()
            return
        talk = Conversation(connection, self._decode)
        self._talks.append(talk)
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._hear(talk))
        if len(self._talks) > MOST_CONNECTIONS:
            self._make_room()

    def _make_room(self) -> None:
        idle = next((talk for talk in self._talks if not talk.waiting), None)
        if idle is not None:
            self._hang_up(idle)

    def _hear(self, talk: Conversation[Said]) -> None:
        if not talk.read():
            talk.gone = True
        if talk.waiting or talk.gone:  # until all of it is handled, the rest stays with the sender
            with suppress(KeyError, ValueError):
                self._selector.unregister(talk.socket)

    def _hand_out(self) -> None:
        """Take one command from each connection in turn, as long as the rate limit allows."""
        waiting = [talk for talk in self._talks if talk.waiting]
        while waiting and self._rate_limit.take():
            talk = waiting.pop(0)
            self._talks.remove(talk)
            self._talks.append(talk)  # goes last next time
            command = talk.take()
            if command is not None:
                self._obey(command)
            if talk.waiting:
                waiting.append(talk)
            elif not talk.gone:
                self._selector.register(talk.socket, selectors.EVENT_READ, lambda talk=talk: self._hear(talk))
        for talk in [talk for talk in self._talks if talk.gone and not talk.waiting]:
            self._hang_up(talk)

    def _hang_up(self, talk: Conversation[Said]) -> None:
        self._talks.remove(talk)
        with suppress(KeyError, ValueError):
            self._selector.unregister(talk.socket)
        talk.socket.close()
