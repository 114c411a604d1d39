"""The database of a study: reached, locked for a moment, and waited for when it is gone."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from tui_lab.errors import InputError, RunError
from tui_lab.safe import safe
from tui_lab.session.cluster.address import (
    PASSWORD_ELSEWHERE,
    checked_address,
    for_sqlalchemy,
    shown_address,
)

if TYPE_CHECKING:
    from optuna.storages import RDBStorage
    from sqlalchemy import Connection, Engine

T = TypeVar("T")
CONNECT_S = 4
"""How long a connection may take."""
_LOCK = 0x7475696C  # "tuil"
_LOCKED_S = 300
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 5.0
_TRIES = 5
_MISSING = "a study in a database needs the extra `cluster`: pip install 'tui-lab[cluster]'"


class Database:
    """A connection pool, and Optuna's storage over it. All methods may be called from several threads.

    `say` is told, in words, when the database is gone and when it is back. `grace_s`: after how many seconds
    without a sign of life a worker is lost; it gives one every `beat_s` seconds. `closing` ends all waiting.
    """

    def __init__(
        self, storage: "RDBStorage", address: str, grace_s: int, beat_s: int, say: Callable[[str], object]
    ) -> None:
        self.storage, self.address = storage, address
        self.grace_s, self.beat_s = grace_s, beat_s
        self.closing = Event()
        self._say = say

    @property
    def engine(self) -> "Engine":
        return self.storage.engine

    def close(self) -> None:
        """End all connections, and all waiting for the database."""
        self.closing.set()
        self.engine.dispose()

    @contextmanager
    def locked(self) -> "Iterator[Connection]":
        """Let nobody else add trials or look for lost ones meanwhile."""
        with _locked(self.engine) as connection:
            yield connection

    def patiently(self, call: Callable[..., T], *args: Any, **options: Any) -> T:
        """Call, and call again as long as the database is gone, with longer and longer pauses in between.

        Raises RunError if the database answers and the call fails all the same, or once it is `closing`.
        """
        wait_s, gone_since, failed = _FIRST_WAIT_S, None, 0
        while True:
            try:
                found = call(*args, **options)
            except _outages() as error:
                if self._answers():
                    failed += 1
                    if failed >= _TRIES:
                        raise RunError(f"{shown_address(self.address)}: {_first_line(error)}") from None
                elif gone_since is None:
                    gone_since = monotonic()
                    self._say(
                        f"{shown_address(self.address)}: it does not answer; training goes on, and "
                        "what is to be written there is tried again until it does"
                    )
                if self.closing.wait(wait_s):
                    raise RunError(f"{shown_address(self.address)}: it does not answer") from None
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            else:
                if gone_since is not None:
                    self._say(
                        f"{shown_address(self.address)}: it answers again, after "
                        f"{monotonic() - gone_since:.0f} s; nothing was lost"
                    )
                return found

    def _answers(self) -> bool:
        from sqlalchemy import text
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self.engine.connect() as connection:
                connection.execute(text("select 1"))
        except SQLAlchemyError:
            return False
        return True


def connect(
    url: str, *, grace_s: int = 60, beat_s: int = 10, say: Callable[[str], object] = lambda _: None
) -> Database:
    """The database at an address without a password.

    Raises InputError if the address is of another kind, if it cannot be reached within a few seconds, or if
    the extra `cluster` is not installed.
    """
    address = checked_address(url)
    try:
        import optuna
        import psycopg  # noqa: F401
        from sqlalchemy import create_engine
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError:
        raise InputError(_MISSING) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    options: dict[str, Any] = {
        "pool_pre_ping": True,
        "pool_size": 3,
        "connect_args": {
            "connect_timeout": CONNECT_S,
            # Optuna compares times without their zones; and no machine that is gone keeps the lock
            "options": f"-c timezone=UTC -c idle_in_transaction_session_timeout={_LOCKED_S}s",
            "application_name": "tui-lab",
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 15_000,
        },
    }
    try:
        first = create_engine(for_sqlalchemy(address), **options)
        try:
            with _locked(first), warnings.catch_warnings():  # two workers must not make the tables at once
                warnings.simplefilter("ignore")
                storage = optuna.storages.RDBStorage(
                    for_sqlalchemy(address), options, heartbeat_interval=beat_s, grace_period=grace_s
                )
        finally:
            first.dispose()
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError, RuntimeError, ValueError) as error:
        raise InputError(f"{shown_address(address)}: cannot be reached: {_why(error)}") from None
    return Database(storage, address, grace_s, beat_s, say)


@contextmanager
def _locked(engine: "Engine") -> "Iterator[Connection]":
    from sqlalchemy import text

    with engine.begin() as connection:  # the lock ends with the transaction, and with a process that dies
        connection.execute(text(f"select pg_advisory_xact_lock({_LOCK})"))
        yield connection


def _outages() -> tuple[type[Exception], ...]:
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    return (StorageInternalError, SQLAlchemyError)


def _why(error: Exception) -> str:
    said = _first_line(error)
    if "password" in said:
        said += f"; the password: {PASSWORD_ELSEWHERE}"
    return said


def _first_line(error: BaseException) -> str:
    """What the database said, without SQLAlchemy's additions."""
    cause: BaseException = error.__cause__ or error
    cause = getattr(cause, "orig", None) or cause
    return safe(str(cause).strip().split("\n")[0] or type(cause).__name__, 300)
