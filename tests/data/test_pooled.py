"""Two splits as one, on the device or not."""

import numpy as np
import pytest
import torch

from tui_lab.data.dataset import Part
from tui_lab.data.off_device import InMemory, OffDevice
from tui_lab.data.pooled import only, pooled

VALUES = torch.arange(40.0).reshape(10, 4)


@pytest.mark.parametrize("resident", [True, False])
def test_rows_of_two_splits_and_some_of_them(resident: bool) -> None:
    source, cpu = InMemory(VALUES), torch.device("cpu")

    def part(rows: list[int]) -> Part:
        x = VALUES[rows] if resident else OffDevice(source, torch.tensor(rows), cpu)
        names = tuple(f"{row}.png" for row in rows)
        return Part(x, torch.tensor(rows), None, np.array(rows) + 1, names)

    both = pooled(part([3, 1, 7]), part([5, 0]))
    assert both.take(torch.arange(5)).equal(VALUES[[3, 1, 7, 5, 0]])
    assert both.numbers_B is not None and both.numbers_B.tolist() == [4, 2, 8, 6, 1]
    assert both.names[2:4] == ("7.png", "5.png")
    some = only(both, torch.tensor([4, 1]))
    assert isinstance(some.x, torch.Tensor) == resident, "they stay where they are"
    assert some.take(torch.arange(2)).equal(VALUES[[0, 1]])
    assert some.y.tolist() == [0, 1]
