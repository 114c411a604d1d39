"""Mean and standard deviation of many images from per-image integer sums: exact.

Legend: N images, C channels, P pixels.
"""

import numpy as np
import numpy.typing as npt


def sums(pixels_CHW: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """The sum of an image's values (0 to 255) and of their squares, per channel: `(C, 2)`."""
    values_CP = pixels_CHW.reshape(len(pixels_CHW), -1).astype(np.int64)
    return np.stack([values_CP.sum(1), (values_CP * values_CP).sum(1)], 1)


def mean_and_deviation(sums_NC2: npt.NDArray[np.int64], pixels: int) -> tuple[list[float], list[float]]:
    """Per-channel mean and standard deviation, for values from 0 to 1.

    If a channel is constant its standard deviation is 1.
    """
    total_C, squares_C = sums_NC2.sum(0).T / (len(sums_NC2) * pixels)
    std_C = np.sqrt(np.maximum(0, squares_C - total_C**2)) / 255
    return (total_C / 255).tolist(), [float(std) if std > 1e-7 else 1.0 for std in std_C]
