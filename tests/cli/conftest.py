"""A small preset, and where runs are kept."""

from pathlib import Path

import pytest

from tests.engine.helpers import table


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """A preset that trains in a blink: 4 inputs, 8 neurons, 3 classes."""
    table(tmp_path, "multiclass")
    path = tmp_path / "mine.toml"
    path.write_text(
        'format = "tui-lab.preset"\nversion = 1\nname = "mine"\ntitle = "Mine"\ntask = "multiclass"\n'
        '[data]\nfile = "multiclass-90-0.csv"\ntarget = "y"\n[hyperparameters]\nepochs = 3\nlr = 0.01\n'
        '[model]\nlayers = ["linear 8", "activation"]\n'
    )
    return "mine.toml"


@pytest.fixture
def preset(tmp_path: Path) -> Path:
    """A preset of the user's own that trains in a blink."""
    data = table(tmp_path, "multiclass")
    path = tmp_path / "mine.toml"
    path.write_text(
        'format = "tui-lab.preset"\nversion = 1\nname = "mine"\ntitle = "Mine"\ntask = "multiclass"\n'
        f'[data]\nfile = "{data.name}"\ntarget = "y"\n[model]\nlayers = ["linear 8", "activation"]\n'
        "[hyperparameters]\nepochs = 3\nlr = 0.01\n"
    )
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "runs"
