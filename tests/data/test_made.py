"""Tables that are made from settings: the same bytes everywhere, and what the settings do."""

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import ValidationError

from tui_lab.data.table.reading.cells import NumberCells, TextCells
from tui_lab.data.table.reading.made import SETS, made_table
from tui_lab.data.table.reading.raw_table import RawTable
from tui_lab.data.table.reading.read_file import column_names, read_raw
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec

# A changed byte is another data set, and every score in the docs is of this one.
SHA256 = {
    "spirals": "c16591d743b50cdfede82b347236342a8e42759a08f1324a710a15e3c138ef4d",
    "moons": "98c838e520dae16c8fc7b98e30f3746282aa7c897edc828a124686aa44a5da80",
    "curve": "7f9e8d50f1c805c0cdb62872eb68cc91d82909bbc39a4680dd69f0e49873ad87",
}


def made(name: str, **settings: object) -> RawTable:
    return made_table(DataSpec.model_validate({"file": f"made:{name}", "target": "y", **settings}))


def numbers(table: RawTable) -> npt.NDArray[np.float64]:
    return np.stack([c.values_N for c in table.columns.values() if isinstance(c, NumberCells)], 1)


@pytest.mark.parametrize("name", SETS)
def test_the_bytes_are_the_same_everywhere(name: str) -> None:
    assert made(name).sha256 == SHA256[name]
    assert made(name, noise=0.1, rows=600).sha256 == SHA256[name]
    assert made(name, noise=0.2).sha256 != SHA256[name] != made(name, rows=601).sha256


@pytest.mark.parametrize("name", SETS)
def test_more_rows_begin_with_those_of_fewer(name: str) -> None:
    few, many = made(name, rows=50), made(name, rows=900)
    assert (numbers(few) == numbers(many)[:50]).all()
    assert len(many.rows_N) == 900


@pytest.mark.parametrize("name", SETS)
def test_noise_is_the_standard_deviation_of_what_is_added(name: str) -> None:
    plain, noisy = numbers(made(name, noise=0, rows=5000)), numbers(made(name, noise=0.5, rows=5000))
    added = (noisy - plain)[:, -1]
    assert added.std() == pytest.approx(0.5, rel=0.05)
    assert added.mean() == pytest.approx(0, abs=0.03)


def test_without_noise_the_rows_lie_where_they_are_said_to() -> None:
    x, y = numbers(made("curve", noise=0)).T
    assert np.allclose(y, np.sin(2 * x) + x / 4, atol=1e-4)
    moons = made("moons", noise=0)
    x1, x2 = numbers(moons).T
    classes = moons.columns["class"]
    assert isinstance(classes, TextCells)
    upper = classes.codes_N == 0
    assert upper.sum() == 300
    assert np.allclose(np.hypot(x1, x2)[upper], 1, atol=1e-4)
    assert np.allclose(np.hypot(x1 - 1, x2 - 0.5)[~upper], 1, atol=1e-4)
    x1, x2 = numbers(made("spirals", noise=0)).T
    arm = np.mod(np.arctan2(x2, x1) - np.hypot(x1, x2) * np.pi, 2 * np.pi)
    there = np.hypot(x1, x2) > 0.1
    assert np.allclose(np.minimum(arm, 2 * np.pi - arm)[::2][there[::2]], 0, atol=2e-3)
    assert np.allclose(arm[1::2][there[1::2]], np.pi, atol=2e-3)


def test_a_target_is_read_as_text_as_from_a_file() -> None:
    spec = DataSpec(file="made:curve", target="y", rows=20)
    text = read_raw(spec).columns["y"]
    assert isinstance(text, TextCells)
    y = numbers(made("curve", rows=20))[:, 1]
    assert [float(text.labels[code]) for code in text.codes_N] == list(y)
    assert read_raw(spec).sha256 == made("curve", rows=20).sha256
    assert column_names(spec) == ("x", "y")


def test_what_cannot_be_made_is_refused() -> None:
    with pytest.raises(InputError, match=r"unknown set \(did you mean 'moons'\?\); there are made:spirals"):
        made("moon")
    for settings in ({"noise": -1}, {"noise": float("nan")}, {"rows": 9}, {"rows": 2_000_000}):
        with pytest.raises(ValidationError):
            made("moons", **settings)
    with pytest.raises(ValidationError, match="only for data that are made"):
        DataSpec(file="a.csv", target="y", noise=0.1)
