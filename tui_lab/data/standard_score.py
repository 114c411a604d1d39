"""Mean and standard deviation by which numbers are scaled so that a float32 holds all of them."""

import numpy as np
import numpy.typing as npt

from tui_lab.data.split import Rows

LARGEST = 3e38  # of a float32


def mean_and_std(values_N: npt.NDArray[np.float64], train: Rows) -> tuple[float, float]:
    """Mean and standard deviation of the rows `train` of numbers without gaps.

    The deviation is 1 where those rows are constant, and the largest distance from the mean where they are
    so nearly constant that another row, divided by their deviation, would be infinite as a float32.
    """
    train_B = values_N[train]
    mean, std = float(train_B.mean()), float(train_B.std()) or 1.0
    farthest = float(np.abs(values_N - mean).max())
    return mean, farthest if farthest / LARGEST >= std else std
