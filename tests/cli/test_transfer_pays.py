"""What transfer is for: features learnt on the digits 0 to 4, frozen, find 5 to 9 sooner than new ones do."""

import csv
from pathlib import Path
from statistics import median

import pytest

from tests.cli.test_commands import _own_folders  # noqa: F401 - the fixture is for all tests here
from tui_lab.cli.main import main
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder import find
from tui_lab.runs.reading import load_run
from tui_lab.spec.presets import bundled_folder

GOOD = 0.95  # accuracy on the validation split
CALM = ("--set", "optimizer=sgd", "--set", "lr=0.001")  # slow enough for epochs to tell a difference


def digits(folder: Path, name: str, chosen: str) -> str:
    """The preset cnn on some of the digits."""
    with (bundled_folder() / "data" / "digits.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    place = header.index("digit")
    with (folder / f"{name}.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *(row for row in rows if row[place] in chosen)])
    text = (bundled_folder() / "cnn.toml").read_text()
    text = text.replace("data/digits.csv", f"{name}.csv").replace('name = "cnn"', f'name = "{name}"')
    (folder / f"{name}.toml").write_text(text)
    return f"{name}.toml"


def trained(folder: Path, *argv: str) -> RunView:
    assert main(["train", *argv, "--quiet", "--device", "cpu"]) == 0
    return load_run(find(folder / "runs", "last")).view


def epochs_to_good(view: RunView) -> int:
    return next((e.epoch for e in view.history if e.metrics["accuracy"] >= GOOD), 99)


@pytest.mark.slow
def test_frozen_features_of_other_digits_save_a_third_of_the_epochs_and_more(tmp_path: Path) -> None:
    low, high = digits(tmp_path, "low", "01234"), digits(tmp_path, "high", "56789")
    scratch, moved = [], []
    for seed in map(str, range(3)):
        trained(tmp_path, low, "--seed", seed, "--epochs", "30")
        source = find(tmp_path / "runs", "last").run_id
        new = trained(tmp_path, high, "--seed", seed, "--epochs", "20", *CALM)
        brought = ("--weights", source, "--set", "frozen_layers=2")
        old = trained(tmp_path, high, "--seed", seed, "--epochs", "20", *CALM, *brought)
        assert old.transfer is not None
        assert len(old.transfer.taken) == 4
        assert set(old.transfer.new.values()) == {"other classes there: 0, 1, 2, 3, 4"}
        assert old.model is not None
        assert old.model.trainable == 256 * 5 + 5
        scratch.append(epochs_to_good(new))
        moved.append(epochs_to_good(old))
    print(f"epochs to {GOOD}: from scratch {scratch}, with frozen features {moved}")
    assert median(scratch) < 20
    assert median(moved) <= median(scratch) * 2 / 3
