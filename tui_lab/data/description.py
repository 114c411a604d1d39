"""What is said of the data of a run, whatever they are read from.

Legend: N rows.
"""

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_lab.data.split import NAMES, SplitRows
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.network.layer_kinds import Shape
from tui_lab.protocol.events import DataLoaded


def describe(
    spec: DataSpec,
    sha256: str,
    shape: Shape,
    target_N: npt.NDArray[Any],
    classes: tuple[str, ...],
    rows: SplitRows,
    facts: tuple[str, ...] = (),
) -> DataLoaded:
    """The description of the data of `spec`.

    `shape`: that of one input. `target_N`: class numbers if there are `classes`, else values.
    """
    of_split = {name: getattr(rows, name) for name in NAMES}
    counts = {
        name: np.bincount(target_N[chosen].astype(np.int64), minlength=len(classes)).tolist()
        for name, chosen in of_split.items()
        if classes
    }
    return DataLoaded(
        source=spec.file,
        sha256=sha256,
        rows=len(target_N),
        features=prod(shape),
        shape=shape,
        target=spec.target,
        classes=classes,
        split={name: len(chosen) for name, chosen in of_split.items()},
        facts=facts,
        class_rows={name: tuple(count) for name, count in counts.items()},
    )
