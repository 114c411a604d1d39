"""What holds for all tests of the screen."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_choices(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A theme that one test has chosen is not there in the next."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder
