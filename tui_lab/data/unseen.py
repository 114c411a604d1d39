"""Rows for a trained network, whatever they are read from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_lab.errors import InputError


@dataclass(frozen=True, slots=True)
class Unseen:
    """Rows to predict. `x_NF`: the network inputs, flat. `rows_N`: their rows in the file.

    `answers_N`: their targets if the file has them, scaled or as class numbers; otherwise NaN. For images,
    `x_NF` holds pixels `(N, C, H, W)` as uint8, and `files` their paths.
    """

    x_NF: npt.NDArray[Any]
    rows_N: npt.NDArray[np.int64]
    answers_N: npt.NDArray[np.float64]
    warnings: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def check_unchanged(source: str, now: str, then: str, split: str) -> None:
    """Raise InputError if the sha256 of the data is another than when the run started."""
    if now != then:
        raise InputError(
            f"{source}: has changed since the run started, so its {split} rows are unknown; "
            "restore the old data, or predict a file"
        )
