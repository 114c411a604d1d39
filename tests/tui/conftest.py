"""What holds for all tests of the screen."""

from inspect import iscoroutinefunction
from pathlib import Path

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test that awaits something has the app run on a screen, which takes a tenth of a second and more."""
    if isinstance(item, pytest.Function) and iscoroutinefunction(item.function):
        item.add_marker("slow")


@pytest.fixture(autouse=True)
def _own_choices(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A theme that one test has chosen is not there in the next."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder
