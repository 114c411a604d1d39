"""The address of a database, as the user gives it: never with a password."""

from urllib.parse import parse_qsl, quote, unquote, urlsplit

from tui_lab.errors import InputError
from tui_lab.safe import safe

_SCHEMES = ("postgresql", "postgres")
_SECRET = frozenset({"password", "sslpassword"})
"""Parameters of a connection that would be a password on the command line."""
_WRITE = "postgresql://USER@HOST/DATABASE"
PASSWORD_ELSEWHERE = (
    "put it into ~/.pgpass (HOST:PORT:DATABASE:USER:PASSWORD, readable by you only) or into PGPASSWORD"
)


def is_address(text: str) -> bool:
    """Whether it is meant to be the address of a database, not a name."""
    return "://" in text


def checked_address(url: str) -> str:
    """The address, if it is one of PostgreSQL without a password. Raises InputError."""
    try:
        parts = urlsplit(url)
        given = {name for name, value in parse_qsl(parts.query) if value}
        secret, _ = bool(parts.password) or bool(given & _SECRET), parts.port
    except ValueError:
        raise InputError(f"the address of the study cannot be read; write {_WRITE}") from None
    if secret:  # it is not repeated here: the message may end in a log
        raise InputError(
            "the address of the study contains a password, which others on this machine can read in the list "
            f"of processes; leave it out, and {PASSWORD_ELSEWHERE}"
        )
    if parts.scheme not in _SCHEMES:
        raise InputError(f"{safe(url, 80)}: a study is in PostgreSQL: write {_WRITE}")
    user, at, host = parts.netloc.rpartition("@")
    tail = f"?{parts.query}" if parts.query else ""
    return f"postgresql://{user.partition(':')[0]}{at}{host}{parts.path}{tail}"


def for_sqlalchemy(address: str) -> str:
    """The same address as SQLAlchemy and Optuna want it, with psycopg as the driver."""
    rest = address.removeprefix("postgresql://")
    return "postgresql+psycopg://" + rest.replace("{", quote("{")).replace("}", quote("}"))


def shown_address(address: str) -> str:
    """For messages: the host and the database only."""
    parts = urlsplit(address)
    where = dict(parse_qsl(parts.query)).get("host", "") or parts.hostname or "this machine"
    return f"database {unquote(parts.path.lstrip('/')) or 'of your user'} on {where}"
