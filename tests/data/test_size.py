"""A table a tenth of the size that is promised: memory stays in proportion, and progress is told."""

import gzip
from pathlib import Path

import pytest

from tests.benchmarks.table import make, measured
from tui_lab.data.local_file import FractionRead
from tui_lab.data.table.reading import delimited
from tui_lab.data.table.reading.read_file import read_raw
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.network.memory import bytes_text


@pytest.mark.slow
def test_memory_stays_under_four_times_the_tensors(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    make(path, 14_000, 784)
    _, _, grown, tensors, ratio, told = measured(path)
    assert tensors == pytest.approx(14_000 * 785 * 4 / 1e6, rel=0.01)
    assert ratio < 4, f"{grown} MB for {tensors} MB of tensors"
    assert told >= 4


@pytest.mark.parametrize("packed", [True, False])
def test_a_large_file_says_how_large_it_is_and_how_long_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(delimited, "_LARGE", 1000)
    monkeypatch.setattr(delimited, "_LONG_S", -1.0)
    text = b"a,b,y\n" + b"".join(b"%d,%d,%d\n" % (k, k % 7, k % 5) for k in range(2000))
    path = tmp_path / ("t.csv.gz" if packed else "t.csv")
    path.write_bytes(gzip.compress(text) if packed else text)
    told: list[FractionRead] = []
    read_raw(DataSpec(file=str(path), target="y"), progress=told.append)
    size = f"about {bytes_text(len(text))} unpacked" if packed else bytes_text(len(text))
    assert told[0].doing.startswith(size), "at the first chunk, or before it"
    assert told[-1].doing == f"{size}, about 0 min left"
