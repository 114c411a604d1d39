"""What holds for all tests."""

import atexit
import gc
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.left_over import Watcher
from tests.warm import WarmHosts, in_place_of
from tui_lab.session.clients import spawn

# Each process that is started would compile all of the product again, and each worker all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
gc.disable()  # until all is loaded: none of it is garbage

# A machine that is busy training is slow, not wrong: no time limit for one example. There are few examples
# where a test names no number; TUI_LAB_EXAMPLES=1000 asks for as many.
settings.register_profile(
    "here",
    settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    max_examples=int(os.environ.get("TUI_LAB_EXAMPLES", "30")),
)
settings.load_profile("here")


def pytest_configure(config: pytest.Config) -> None:
    """Let no process outlive the tests; the workers belong to those who started them."""
    if not hasattr(config, "workerinput"):
        config.add_cleanup(Watcher().close)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Whoever wants hosts of their own is slow."""
    if isinstance(item, pytest.Function) and "warm_server" in item.fixturenames:
        item.add_marker("slow")


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the tests draw, decode and choose is not kept among the user's things."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def warm_server() -> Iterator[WarmHosts]:
    """A process that forks hosts with torch loaded, started with the first test that wants it."""
    server = WarmHosts()
    yield server
    server.close()


@pytest.fixture
def warm_hosts(warm_server: WarmHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts have torch loaded from the start."""
    monkeypatch.setattr(spawn, "subprocess", in_place_of(subprocess, warm_server.door))


def pytest_collection_finish() -> None:
    """What was loaded stays: spare the garbage collector looking through torch, Textual and all tests.

    So few are left that it would look through all of them at every turn: a fifth of a screen's test.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 10)
    gc.enable()


def pytest_sessionfinish() -> None:
    """Leave little to the five collections that pytest ends with.

    On a busy machine they take longer than the five seconds after which a worker is interrupted, and says so.
    """
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)
