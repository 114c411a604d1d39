"""The presets that come with the lab, and the files they learn from."""

import csv
import hashlib
import math
import re
from collections import Counter

import pytest

from tui_lab.experiment.catalogue import catalogue
from tui_lab.experiment.network.shapes import plan
from tui_lab.experiment.presets import Preset, all_presets, bundled_folder, data_path, load_preset

# name: data file, rows, inputs, rows of each class (none for a number), sha256. A changed byte is another
# data set, and every score in the docs is of this one.
FACTS = {
    "regression": (
        "diabetes.csv", 442, 10, {},
        "9193026b7622ff944f0a6855a10107b24caf50dad69787c46e6890e69c27faca",
    ),
    "binary": (
        "breast_cancer.csv", 569, 30, {"malignant": 212, "benign": 357},
        "518936fa92ca3d8a78c420aee22030c4e519ffcba3be15dd23e83f2fc22e20e5",
    ),
    "multiclass": (
        "wine.csv", 178, 13, {"cultivar_1": 59, "cultivar_2": 71, "cultivar_3": 48},
        "154df176f00535b64551ff301a42b1eed9c9ddc72037cca9f5d7e35ea8bd9495",
    ),
    "cnn": (
        "digits.csv", 1797, 64,
        dict(zip("0123456789", (178, 182, 177, 183, 181, 182, 181, 179, 174, 180), strict=True)),
        "1a8c0ce573804cf39bc6fdc9a6cc8f23d15cbf27a72575c1ca5fac15163717d0",
    ),
}  # fmt: skip

every = pytest.mark.parametrize("name", FACTS)


@pytest.fixture
def preset(name: str) -> Preset:
    return load_preset(bundled_folder() / f"{name}.toml")


def rows_of(preset: Preset) -> tuple[list[str], list[list[str]]]:
    with data_path(preset.data.file).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def test_these_four_are_on_the_shelf_first() -> None:
    assert list(all_presets().presets)[:4] == list(FACTS)


@every
def test_it_loads_and_says_what_one_learns(name: str, preset: Preset) -> None:
    assert preset.name == name
    assert 2 <= len(re.findall(r"[.?!](?:\s|$)", preset.learn)) <= 6
    mentioned = set(re.findall(r"[a-z0-9_]+", preset.learn)) & set(catalogue())
    assert mentioned, "it suggests a hyperparameter to turn"


@every
def test_its_network_fits_its_data(name: str, preset: Preset) -> None:
    _, _, inputs, classes, _ = FACTS[name]
    shape = preset.data.shape or (inputs,)
    outputs = len(classes) if preset.task == "multiclass" else 1
    planned = plan(preset.model.layers, preset.hyperparameters, shape, outputs)
    assert planned[-1].output_shape == (outputs,)
    assert {p.layer.kind for p in planned} >= {"linear", preset.hyperparameters.activation}
    assert "activation" in preset.model.layers, "so that the hyperparameter does something"
    assert "dropout" in preset.model.layers


@every
def test_its_data_is_what_the_sources_say(name: str, preset: Preset) -> None:
    file, count, inputs, classes, _ = FACTS[name]
    assert preset.data.file == f"bundled:data/{file}"
    header, rows = rows_of(preset)
    assert (len(rows), len(header)) == (count, inputs + 1)
    assert header[-1] == preset.data.target
    assert len(set(header)) == len(header)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", column) for column in header)
    assert all(len(row) == len(header) for row in rows)
    assert all(math.isfinite(float(cell)) for row in rows for cell in row[:-1])
    assert preset.data.shape is None or math.prod(preset.data.shape) == inputs
    if classes:
        assert Counter(row[-1] for row in rows) == classes
    else:
        assert all(math.isfinite(float(row[-1])) for row in rows)


@every
def test_its_data_is_unchanged(name: str, preset: Preset) -> None:
    content = data_path(preset.data.file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == FACTS[name][4]
    assert b"\r" not in content


def test_digits_are_whole_pixels_named_by_row_and_column() -> None:
    header, rows = rows_of(load_preset(bundled_folder() / "cnn.toml"))
    assert header[:-1] == [f"p{row}{column}" for row in range(8) for column in range(8)]
    assert {int(cell) for row in rows for cell in row[:-1]} == set(range(17))


def test_every_file_is_small_and_has_its_source_told() -> None:
    folder = bundled_folder() / "data"
    files = sorted(path.name for path in folder.glob("*.csv"))
    assert files == sorted(facts[0] for facts in FACTS.values())
    assert sum(path.stat().st_size for path in folder.iterdir()) < 600_000
    sources = (folder / "SOURCES.md").read_text("utf-8")
    for file in files:
        (line,) = [line for line in sources.splitlines() if f"`{file}`" in line]
        assert "CC BY 4.0" in line or "Efron" in line
