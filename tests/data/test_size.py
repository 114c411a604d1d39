"""A table a tenth of the size that is promised: memory stays in proportion, and progress is told."""

from pathlib import Path

import pytest

from tests.benchmarks.table import make, measured


@pytest.mark.slow
def test_memory_stays_under_four_times_the_tensors(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    make(path, 14_000, 784)
    _, _, grown, tensors, ratio, told = measured(path)
    assert tensors == pytest.approx(14_000 * 785 * 4 / 1e6, rel=0.01)
    assert ratio < 4, f"{grown} MB for {tensors} MB of tensors"
    assert told >= 4
